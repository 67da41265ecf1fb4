# SPDX-License-Identifier: MIT
"""Save what a teacher and a student computed on one batch of images as a feature dump for kdscope.

Paste this file beside your model; it needs numpy only. Arrays may be numpy's or PyTorch's (any device or
float type). Nothing is written if something does not fit: a DumpError says what was expected and found.

    from kdscope_dump import save_dump

    save_dump ("dump.npz",
               teacher_feat=teacher_feats, student_feat=student_feats,  # [N,C,H,W] a level, fine to coarse
               image=pictures,                                          # [N,H,W,3] uint8, or image_size=(H, W)
               strides=[8, 16, 32],
               gt_boxes=boxes,    # a list with [G,4] xyxy px for each image
               gt_labels=labels)  # a list with [G] classes for each image, from 0

then: kdscope-cli inspect dump.npz --method fgd --out maps.npz --pictures maps/
"""

import os

import numpy as np

MAX_LEVELS = 8

# Lists with one [N,C,H,W] array a level.
LEVELS = (
    "teacher_feat", "student_feat",        # the neck's outputs
    "teacher_cls", "student_cls",          # head logits, channel a*K+k
    "teacher_reg", "student_reg",          # box deltas dx,dy,dw,dh, channel a*4+j
    "teacher_clsfeat", "student_clsfeat",  # first convolution of each branch of the head
    "teacher_regfeat", "student_regfeat",
    "task_grad",                           # d task loss / d masked teacher feature (MasKD's learning stage)
)
SAME_CHANNELS = {"student_cls": "teacher_cls", "student_reg": "teacher_reg", "task_grad": "teacher_feat"}
ROI = ("teacher_roi_cls", "student_roi_cls", "teacher_roi_reg", "student_roi_reg")


class DumpError (ValueError):
    """What does not fit, in one sentence."""


def to_numpy (value, name):
    """A numpy array of numbers, from PyTorch too; float types become float32."""
    if hasattr (value, "detach"):
        value = value.detach ().cpu ()
        if value.is_floating_point ():
            value = value.float ()  # numpy has no bfloat16
        value = value.numpy ()
    try:
        array = np.asarray (value)
    except ValueError:
        raise DumpError (f"{name}: expected one array, found rows of different lengths") from None
    if array.dtype.kind not in "fiub":
        raise DumpError (f"{name}: expected numbers, found {array.dtype}")
    return array.astype (np.float32) if array.dtype.kind == "f" else array


def expect_shape (array, name, want, like=""):
    """None in @want: any size."""
    if array.ndim == len (want) and all (w in (None, d) for w, d in zip (want, array.shape)):
        return
    text = ",".join ("any" if w is None else str (w) for w in want)
    raise DumpError (f"{name}: expected [{text}]{like and ' like ' + like}, found {list (array.shape)}")


def whole_numbers (value, name, low, high):
    array = to_numpy (value, name)
    if array.size and array.dtype.kind == "f" and not np.all (array == np.floor (array)):
        raise DumpError (f"{name}: expected whole numbers, found {array.dtype} with fractions")
    if array.size and (array.min () < low or array.max () > high):
        raise DumpError (f"{name}: expected {low} to {high}, found {array.min ()} to {array.max ()}")
    return array.astype (np.int64)


def add_levels (out, given):
    reference = "teacher_feat" if given.get ("teacher_feat") is not None else "student_feat"
    if given.get (reference) is None:
        raise DumpError ("teacher_feat, student_feat: expected at least one of them, found neither")
    for name in (reference,) + tuple (n for n in LEVELS if n != reference):
        if given.get (name) is None:
            continue
        levels = list (given[name])
        if name == reference and not 1 <= len (levels) <= MAX_LEVELS:
            raise DumpError (f"{name}: expected a list of 1 to {MAX_LEVELS} levels, found {len (levels)}")
        if name != reference and len (levels) != len (given[reference]):
            raise DumpError (f"{name}: expected {len (given[reference])} levels like {reference}, found {len (levels)}")
        for l, level in enumerate (levels):
            array = to_numpy (level, f"{name}.{l}").astype (np.float32)
            if array.ndim != 4 or array.size == 0:
                raise DumpError (f"{name}.{l}: expected [N,C,H,W], found {list (array.shape)}")
            if name != reference:
                n, _, h, w = out[f"{reference}.{l}"].shape
                expect_shape (array, f"{name}.{l}", (n, None, h, w), f"{reference}.{l}")
            same = SAME_CHANNELS.get (name)
            like = f"{same}.{l}" if f"{same}.{l}" in out else f"{name}.0"
            if l or like in out:
                n, c = out[like].shape[:2]
                expect_shape (array, f"{name}.{l}", (n, c, None, None), like)
            out[f"{name}.{l}"] = array
    return len (given[reference]), out[f"{reference}.0"].shape[0]


def add_image (out, image, image_size, n_images):
    if image is not None:
        image = to_numpy (image, "image")
        expect_shape (image, "image", (n_images, None, None, 3), "the features' images, channels last")
        if image.dtype != np.uint8:
            raise DumpError (f"image: expected uint8 sRGB from 0 to 255, found {image.dtype}")
        out["image"] = image
    if image_size is not None:
        size = whole_numbers (image_size, "image_size", 1, 65535)
        expect_shape (size, "image_size", (2,))
        if image is not None and tuple (size) != image.shape[1:3]:
            raise DumpError (f"image_size: expected {image.shape[1]},{image.shape[2]} (height, width) like image, "
                             f"found {size[0]},{size[1]}")
        out["image_size"] = size
    elif image is None:
        raise DumpError ("image_size: expected (height, width) in px, or image, found neither")


def by_image (value):
    """A list with one array an image, as detectors keep boxes and labels."""
    return isinstance (value, (list, tuple)) and all (hasattr (v, "shape") or isinstance (v, (list, tuple))
                                                      for v in value)


def add_boxes (out, boxes, images, boxes_name, images_name, n_images):
    """@boxes: a list with [R,4] for each image, or [R,4] with @images [R]. Returns rows of each image, or None."""
    rows = None
    if images is None and by_image (boxes):
        if len (boxes) != n_images:
            raise DumpError (f"{boxes_name}: expected {n_images} arrays, one an image, found {len (boxes)}")
        parts = [to_numpy (b, f"{boxes_name}[{i}]") for i, b in enumerate (boxes)]
        parts = [part if part.size else part.reshape (-1, 4) for part in parts]
        for i, part in enumerate (parts):
            expect_shape (part, f"{boxes_name}[{i}]", (None, 4))
        rows = [len (part) for part in parts]
        boxes, images = np.concatenate (parts), np.repeat (np.arange (n_images), rows)
    elif images is None:
        raise DumpError (f"{images_name}: expected which image each row of {boxes_name} is in, found nothing; "
                         f"or give {boxes_name} as a list with one array an image")
    array = to_numpy (boxes, boxes_name).astype (np.float32)
    expect_shape (array, boxes_name, (None, 4))
    if not np.all (array[:, 2:] >= array[:, :2]):
        raise DumpError (f"{boxes_name}: expected x0,y0,x1,y1 px with x1 >= x0 and y1 >= y0; is it x,y,width,height?")
    images = whole_numbers (images, images_name, 0, n_images - 1)
    expect_shape (images, images_name, (len (array),), boxes_name)
    out[boxes_name], out[images_name] = array, images
    return rows


def add_labels (out, labels, rows):
    if rows is not None and by_image (labels):
        if len (labels) != len (rows):
            raise DumpError (f"gt_labels: expected {len (rows)} arrays, one an image, found {len (labels)}")
        parts = [to_numpy (part, f"gt_labels[{i}]") for i, part in enumerate (labels)]
        for i, part in enumerate (parts):
            expect_shape (part, f"gt_labels[{i}]", (rows[i],), f"gt_boxes[{i}]")
        labels = np.concatenate (parts)
    labels = whole_numbers (labels, "gt_labels", 0, 2**31 - 1)
    expect_shape (labels, "gt_labels", (len (out["gt_boxes"]),), "gt_boxes")
    out["gt_labels"] = labels


def add_anchors (out, anchors, n_levels, reference):
    if len (anchors) != n_levels:
        raise DumpError (f"anchors: expected {n_levels} levels like {reference}, found {len (anchors)}")
    per_cell = None
    for l, level in enumerate (anchors):
        array = to_numpy (level, f"anchors.{l}").astype (np.float32)
        h, w = out[f"{reference}.{l}"].shape[2:]
        if per_cell is None:
            per_cell = out["teacher_reg.0"].shape[1] // 4 if "teacher_reg.0" in out else max (len (array) // (h * w), 1)
        expect_shape (array, f"anchors.{l}", (h * w * per_cell, 4), f"{h}x{w} cells with {per_cell} anchors each")
        out[f"anchors.{l}"] = array


def save_dump (path, *, strides, image=None, image_size=None, gt_boxes=None, gt_labels=None, gt_image=None,
               class_names=None, anchors=None, proposals=None, proposal_image=None, params=None, **arrays):
    """Check everything, then write @path (.npz) at once. Returns the dictionary that was written.

    Further keywords: LEVELS (lists, one array a level), ROI ([P,K+1] logits and [P,4] deltas of the proposals).
    params: {"adapt.weight": array}, a method's trained parameters, saved as param.adapt.weight.
    """
    for name in arrays:
        if name not in LEVELS + ROI:
            raise DumpError (f"{name}: not an array of a dump; choose one of: {', '.join (LEVELS + ROI)}")
    if not str (path).endswith (".npz"):
        raise DumpError (f"{path}: expected a name that ends in .npz")
    out = {}
    n_levels, n_images = add_levels (out, {n: v for n, v in arrays.items () if n in LEVELS})
    reference = "teacher_feat" if "teacher_feat.0" in out else "student_feat"
    add_image (out, image, image_size, n_images)
    out["strides"] = whole_numbers (strides, "strides", 1, 65535)
    expect_shape (out["strides"], "strides", (n_levels,), f"the levels of {reference}")
    if gt_boxes is not None:
        rows = add_boxes (out, gt_boxes, gt_image, "gt_boxes", "gt_image", n_images)
        if gt_labels is not None:
            add_labels (out, gt_labels, rows)
    elif gt_labels is not None:
        raise DumpError ("gt_labels: expected gt_boxes as well, found no boxes")
    if class_names is not None:
        out["class_names"] = np.frombuffer ("\n".join (class_names).encode (), np.uint8)
    if anchors is not None:
        add_anchors (out, anchors, n_levels, reference)
    if proposals is not None:
        add_boxes (out, proposals, proposal_image, "proposals", "proposal_image", n_images)
    for name in ROI:
        if arrays.get (name) is None:
            continue
        array = to_numpy (arrays[name], name).astype (np.float32)
        if proposals is None:
            raise DumpError (f"{name}: expected proposals as well, found none")
        expect_shape (array, name, (len (out["proposals"]), 4 if name.endswith ("reg") else None), "proposals")
        out[name] = array
    for name, value in (params or {}).items ():
        out[f"param.{name}"] = to_numpy (value, f"param.{name}")
    partial = f"{path}.partial.npz"  # whoever watches the file never sees half of it
    np.savez (partial, **out)
    os.replace (partial, path)
    return out
