#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/reference/detector/network.safetensors: the detector and its loss as PyTorch computes them, in float64.

usage: detector-reference.py OUT.safetensors     (needs Debian's python3-torch)

Weights, image and boxes are rounded to float32 first, so that both of our builds start from the same numbers. Names are
the detector's own; "grad.<parameter>" is d loss / d parameter.
"""
import json
import math
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

STRIDES = (8, 16, 32)
WIDTHS, BLOCKS, FPN, TOWERS, ANCHORS, CLASSES = (4, 8, 8, 16), (2, 1, 1, 1), 8, 2, 3, 3
IMAGES, HEIGHT, WIDTH = 2, 32, 64


def norm(channels):
    return nn.GroupNorm(max(1, channels // 8), channels)


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.norm1 = norm(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.norm2 = norm(cout)
        self.project = stride != 1 or cin != cout
        if self.project:
            self.proj = nn.Conv2d(cin, cout, 1, stride, 0, bias=False)
            self.proj_norm = norm(cout)

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.relu(y + (self.proj_norm(self.proj(x)) if self.project else x))


class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(w, FPN, 1) for w in WIDTHS[1:])
        self.smooth = nn.ModuleList(nn.Conv2d(FPN, FPN, 3, 1, 1) for _ in STRIDES)

    def forward(self, stages):
        merged = [lateral(x) for lateral, x in zip(self.lateral, stages)]
        for i in (1, 0):
            merged[i] = merged[i] + F.interpolate(merged[i + 1], size=merged[i].shape[-2:], mode="nearest")
        return [smooth(m) for smooth, m in zip(self.smooth, merged)]


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.cls = nn.ModuleList(nn.Conv2d(FPN, FPN, 3, 1, 1) for _ in range(TOWERS))
        self.reg = nn.ModuleList(nn.Conv2d(FPN, FPN, 3, 1, 1) for _ in range(TOWERS))
        self.cls_out = nn.Conv2d(FPN, ANCHORS * CLASSES, 3, 1, 1)
        self.reg_out = nn.Conv2d(FPN, ANCHORS * 4, 3, 1, 1)

    def forward(self, x):
        c = r = x
        first = []
        for i, (cls, reg) in enumerate(zip(self.cls, self.reg)):
            c, r = F.relu(cls(c)), F.relu(reg(r))
            if i == 0:
                first = [c, r]
        return [self.cls_out(c), self.reg_out(r)] + first


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False)
        self.stem_norm = norm(WIDTHS[0])
        cin = WIDTHS[0]
        for s, (width, count) in enumerate(zip(WIDTHS, BLOCKS)):
            stage = [Block(cin if b == 0 else width, width, 2 if b == 0 else 1) for b in range(count)]
            setattr(self, f"stage{s + 1}", nn.Sequential(*stage))
            cin = width
        self.neck = Neck()
        self.head = Head()

    def forward(self, x):
        x = F.relu(self.stem_norm(self.stem(x)))
        stages = []
        for s in range(4):
            x = getattr(self, f"stage{s + 1}")(x)
            stages.append(x)
        features = self.neck(stages[1:])
        return features, [self.head(f) for f in features]


def make_anchors():
    out = []
    for stride in STRIDES:
        cy = (torch.arange(HEIGHT // stride, dtype=torch.float64) + 0.5) * stride
        cx = (torch.arange(WIDTH // stride, dtype=torch.float64) + 0.5) * stride
        cy, cx = torch.meshgrid(cy, cx, indexing="ij")
        half = torch.tensor([stride * 2 ** (a / ANCHORS) for a in range(ANCHORS)], dtype=torch.float64)
        cx, cy = cx.reshape(-1, 1), cy.reshape(-1, 1)
        out.append(torch.stack((cx - half, cy - half, cx + half, cy + half), -1).reshape(-1, 4))
    return torch.cat(out)


def assign(anchors, boxes):
    """boxes [G,4] of one image -> index of the box per anchor, -1 background, -2 ignored."""
    lo = torch.maximum(anchors[:, None, :2], boxes[None, :, :2])
    hi = torch.minimum(anchors[:, None, 2:], boxes[None, :, 2:])
    inter = (hi - lo).clamp(min=0).prod(-1)
    area = lambda b: (b[:, 2:] - b[:, :2]).prod(-1)
    iou = inter / (area(anchors)[:, None] + area(boxes)[None] - inter)
    best, index = iou.max(1)
    index[best < 0.5] = -2
    index[best < 0.4] = -1
    for g in range(len(boxes)):
        if iou[:, g].max() > 0.1:
            index[iou[:, g].argmax()] = g
    return index


def losses(heads, boxes, labels, images):
    anchors = make_anchors()
    rows = lambda i, k: torch.cat([h[i].permute(0, 2, 3, 1).reshape(IMAGES, -1, k) for h in heads], 1)
    logits, deltas = rows(0, CLASSES), rows(1, 4)
    cls = reg = 0.0
    positives = 0
    for n in range(IMAGES):
        own = images == n
        index = assign(anchors, boxes[own])
        pos = index >= 0
        positives += int(pos.sum())
        target = torch.zeros(len(anchors), CLASSES, dtype=torch.float64)
        target[pos, labels[own][index[pos]]] = 1
        p = torch.sigmoid(logits[n])
        bce = F.binary_cross_entropy_with_logits(logits[n], target, reduction="none")
        p_t = p * target + (1 - p) * (1 - target)
        a_t = 0.25 * target + 0.75 * (1 - target)
        cls = cls + (a_t * (1 - p_t) ** 2 * bce)[index != -2].sum()
        matched, a = boxes[own][index[pos]], anchors[pos]
        size_a, size_b = a[:, 2:] - a[:, :2], matched[:, 2:] - matched[:, :2]
        centre = (matched[:, :2] + matched[:, 2:] - a[:, :2] - a[:, 2:]) / 2
        delta = torch.cat((centre / size_a, torch.log(size_b / size_a)), -1)
        reg = reg + F.smooth_l1_loss(deltas[n][pos], delta, beta=1 / 9, reduction="sum")
    return cls / max(1, positives), reg / max(1, positives), positives


def save(path, arrays):
    header, blob = {}, b""
    for name, value in arrays.items():
        value = value.detach().contiguous()
        kind = {torch.float32: "F32", torch.float64: "F64", torch.int32: "I32"}[value.dtype]
        raw = value.numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + blob)


def main():
    torch.manual_seed(5)
    torch.set_num_threads(1)
    model = Detector()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.copy_(torch.randn_like(p) * 0.2 + (1.0 if "norm" in name and name.endswith("weight") else 0.0))
        model.head.cls_out.bias -= 2.0
    image = torch.randn(IMAGES, 3, HEIGHT, WIDTH)
    boxes = torch.tensor([[4.5, 3.25, 20.0, 18.5], [30.3, 1.0, 62.5, 31.0], [40.0, 8.0, 58.0, 26.0],
                          [10.0, 12.0, 24.0, 27.0], [20.25, 2.0, 63.0, 32.0]])
    labels, images = torch.tensor([0, 2, 1, 1, 0]), torch.tensor([0, 0, 0, 1, 1])
    arrays = {name: p.clone() for name, p in model.named_parameters()}
    arrays |= {"image": image, "gt_boxes": boxes, "gt_labels": labels.int(), "gt_image": images.int()}

    model = model.double()
    features, heads = model(image.double())
    cls, reg, positives = losses(heads, boxes.double(), labels, images)
    (cls + reg).backward()
    for level, (f, h) in enumerate(zip(features, heads)):
        for name, value in zip(("feature", "cls", "reg", "clsfeat", "regfeat"), [f] + h):
            arrays[f"{name}.{level}"] = value
    arrays |= {"loss.cls": cls, "loss.reg": reg, "positives": torch.tensor(positives, dtype=torch.int32)}
    arrays |= {"grad." + name: p.grad for name, p in model.named_parameters()}
    assert all(math.isfinite(float(v.double().sum())) for v in arrays.values())
    save(sys.argv[1], arrays)
    print(f"cls {float(cls):.6f} reg {float(reg):.6f} positives {positives}")


if __name__ == "__main__":
    main()
