#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's step in PyTorch, as well as PyTorch does it: channels-last, GroupNorm, SGD.

The same teacher and student as engine/detector builds (ResNet stages, FPN, heads shared by three levels), batch 8 of 128x128,
focal and smooth-L1 loss, and a distillation loss that costs what FGD costs: adapted features, attention-weighted squared
errors under box masks, attention differences and a global context block. Prints one JSON object with the median of a step.

usage: peer-torch.py [THREADS] [STEPS]
"""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SIZE, BATCH, ANCHORS, CLASSES, BOXES = 128, 8, 3, 8, 4
STRIDES = (8, 16, 32)
TEACHER = dict(widths=(32, 64, 128, 256), blocks=2, fpn=64)
STUDENT = dict(widths=(16, 32, 64, 128), blocks=1, fpn=32)


def conv(inputs, outputs, kernel=3, stride=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)


def norm(channels):
    return nn.GroupNorm(max(1, channels // 8), channels)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.norm1 = conv(inputs, outputs, 3, stride), norm(outputs)
        self.conv2, self.norm2 = conv(outputs, outputs), norm(outputs)
        self.proj = None
        if stride > 1 or inputs != outputs:
            self.proj = nn.Sequential(conv(inputs, outputs, 1, stride), norm(outputs))

    def forward(self, x):
        skip = self.proj(x) if self.proj else x
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(y)) + skip, inplace=True)


class Detector(nn.Module):
    def __init__(self, widths, blocks, fpn):
        super().__init__()
        self.stem = nn.Sequential(conv(3, widths[0], 3, 2), norm(widths[0]), nn.ReLU(inplace=True))
        inputs, stages = widths[0], []
        for width in widths:
            stages.append(nn.Sequential(*(Block(inputs if i == 0 else width, width, 2 if i == 0 else 1)
                                          for i in range(blocks))))
            inputs = width
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(conv(width, fpn, 1, bias=True) for width in widths[1:])
        self.smooth = nn.ModuleList(conv(fpn, fpn, bias=True) for _ in STRIDES)
        tower = lambda: [conv(fpn, fpn, bias=True), nn.ReLU(inplace=True), conv(fpn, fpn, bias=True), nn.ReLU(inplace=True)]
        self.cls = nn.Sequential(*tower(), conv(fpn, ANCHORS * CLASSES, bias=True))
        self.reg = nn.Sequential(*tower(), conv(fpn, ANCHORS * 4, bias=True))
        nn.init.constant_(self.cls[-1].bias, -4.6)

    def features(self, x):
        x, levels = self.stem(x), []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        merged = [lateral(level) for lateral, level in zip(self.lateral, levels[1:])]
        for i in (1, 0):
            merged[i] = merged[i] + F.interpolate(merged[i + 1], scale_factor=2, mode="nearest")
        return [smooth(level) for smooth, level in zip(self.smooth, merged)]

    def heads(self, features):
        rows = lambda y, columns: y.permute(0, 2, 3, 1).reshape(BATCH, -1, columns)
        return (torch.cat([rows(self.cls(f), CLASSES) for f in features], 1),
                torch.cat([rows(self.reg(f), 4) for f in features], 1))


def make_anchors():
    parts = []
    for stride in STRIDES:
        centre = (torch.arange(SIZE // stride) + 0.5) * stride
        y, x = torch.meshgrid(centre, centre, indexing="ij")
        half = stride * 2 ** (torch.arange(ANCHORS) / ANCHORS)
        x, y = x[..., None], y[..., None]
        parts.append(torch.stack((x - half, y - half, x + half, y + half), -1).reshape(-1, 4))
    return torch.cat(parts)


def overlaps(a, b):
    low = torch.maximum(a[None, :, None, :2], b[:, None, :, :2])
    high = torch.minimum(a[None, :, None, 2:], b[:, None, :, 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area = lambda box: (box[..., 2:] - box[..., :2]).prod(-1)
    return inter / (area(a)[None, :, None] + area(b)[:, None] - inter)


def assign(anchors, boxes, labels):
    best, index = overlaps(anchors, boxes).max(2)
    positive, ignored = best >= 0.5, (best >= 0.4) & (best < 0.5)
    matched = torch.gather(boxes, 1, index[..., None].expand(-1, -1, 4))
    target = F.one_hot(torch.gather(labels, 1, index), CLASSES) * positive[..., None]
    size, goal = anchors[:, 2:] - anchors[:, :2], matched[..., 2:] - matched[..., :2]
    shift = (matched[..., :2] + goal / 2 - anchors[:, :2] - size / 2) / size
    return target.float(), (~ignored).float(), torch.cat((shift, torch.log(goal / size)), -1), positive


def detection_loss(cls, reg, target, weight, delta, positive):
    count = positive.sum().clamp(min=1)
    p = torch.sigmoid(cls)
    bce = F.binary_cross_entropy_with_logits(cls, target, reduction="none")
    miss = p + target - 2 * p * target
    alpha = 0.75 - 0.5 * target
    focal = (alpha * miss ** 2 * bce * weight[..., None]).sum()
    return (focal + F.smooth_l1_loss(reg[positive], delta[positive], beta=1 / 9, reduction="sum")) / count


class Context(nn.Module):
    def __init__(self, channels):
        super().__init__()
        middle = channels // 2
        self.key = conv(channels, 1, 1, bias=True)
        self.change = nn.Sequential(conv(channels, middle, 1, bias=True), nn.LayerNorm([middle, 1, 1]), nn.ReLU(inplace=True),
                                    conv(middle, channels, 1, bias=True))

    def forward(self, x):
        n, c = x.shape[:2]
        weight = self.key(x).flatten(1).softmax(1)
        return x + self.change(torch.bmm(x.flatten(2), weight[..., None]).view(n, c, 1, 1))


class Distillation(nn.Module):
    def __init__(self, student, teacher):
        super().__init__()
        self.adapt = nn.ModuleList(conv(student, teacher, 1, bias=True) for _ in STRIDES)
        self.contexts = nn.ModuleList(Context(teacher) for _ in range(2 * len(STRIDES)))

    @staticmethod
    def attention(x):
        n, c, h, w = x.shape
        size = x.abs()
        space = (size.mean(1).flatten(1) / 0.5).softmax(1).view(n, 1, h, w) * (h * w)
        return space, (size.mean((2, 3)) / 0.5).softmax(1).view(n, c, 1, 1) * c

    @staticmethod
    def mask(boxes, side, stride):
        cell = torch.arange(side)
        box = torch.cat((torch.floor(boxes[..., :2] / stride), torch.ceil(boxes[..., 2:] / stride)), -1)[..., None, None]
        inside = ((cell >= box[:, :, 0]) & (cell < box[:, :, 2])) & ((cell[:, None] >= box[:, :, 1]) & (cell[:, None] < box[:, :, 3]))
        area = ((box[:, :, 2] - box[:, :, 0]) * (box[:, :, 3] - box[:, :, 1])).clamp(min=1)
        front = (inside / area).amax(1, keepdim=True)
        back = (front == 0).float()
        return front, back / back.sum((2, 3), keepdim=True).clamp(min=1)

    def forward(self, student, teacher, boxes):
        total = 0
        for i, (s, t, stride) in enumerate(zip(student, teacher, STRIDES)):
            s = self.adapt[i](s)
            front, back = self.mask(boxes, s.shape[-1], stride)
            (space, channel), (own_space, own_channel) = self.attention(t), self.attention(s)
            error = (s - t) ** 2 * space * channel
            total = total + 1e-3 * (error * front).sum() + 5e-4 * (error * back).sum()
            total = total + 1e-3 * ((own_space - space).abs().sum() + (own_channel - channel).abs().sum())
            total = total + 5e-6 * ((self.contexts[2 * i](s) - self.contexts[2 * i + 1](t)) ** 2).sum()
        return total / BATCH


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    teacher, student = Detector(**TEACHER).eval(), Detector(**STUDENT)
    distillation = Distillation(STUDENT["fpn"], TEACHER["fpn"])
    for module in (teacher, student, distillation):
        module.to(memory_format=torch.channels_last)
    image = torch.rand(BATCH, 3, SIZE, SIZE).contiguous(memory_format=torch.channels_last)
    low = torch.rand(BATCH, BOXES, 2) * SIZE * 0.6
    boxes = torch.cat((low, low + 12 + torch.rand(BATCH, BOXES, 2) * SIZE * 0.3), -1)
    labels = torch.randint(0, CLASSES, (BATCH, BOXES))
    anchors = make_anchors()
    optimiser = torch.optim.SGD([*student.parameters(), *distillation.parameters()], lr=1e-3, momentum=0.9, weight_decay=1e-4)

    def step():
        with torch.no_grad():
            wanted = teacher.features(image)
        features = student.features(image)
        loss = detection_loss(*student.heads(features), *assign(anchors, boxes, labels)) + distillation(features, wanted, boxes)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    times = []
    for i in range(8 + steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({"ms_per_step": 1e3 * statistics.median(times[8:]), "threads": threads, "steps": steps,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
