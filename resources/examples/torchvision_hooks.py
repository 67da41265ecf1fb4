# SPDX-License-Identifier: MIT
"""Write a kdscope dump from two torchvision detectors, with hooks on their backbones (with FPN).

    from torchvision_hooks import dump_batch
    dump_batch ("dump.npz", teacher, student, images, targets)

The strides are those of RetinaNet's first three levels; Faster R-CNN's have 4, 8 and 16.
"""
import contextlib

import torch

from kdscope_dump import save_dump


@contextlib.contextmanager
def kept_features (model, levels):
    """What the backbone gives out while the context is open: a list, fine to coarse."""
    kept = []

    def hook (module, inputs, outputs):  # a dict, fine to coarse
        kept[:] = [level.detach () for level in list (outputs.values ())[:levels]]

    handle = model.backbone.register_forward_hook (hook)
    try:
        yield kept
    finally:
        handle.remove ()


def dump_batch (path, teacher, student, images, targets, strides=(8, 16, 32)):
    """One batch as both networks see it; @targets as torchvision's: dicts of boxes and labels."""
    teacher.eval ()
    student.eval ()
    images, targets = teacher.transform (images, targets)  # boxes move with the images
    with torch.no_grad (), kept_features (teacher, len (strides)) as teacher_feat:
        teacher.backbone (images.tensors)
    with torch.no_grad (), kept_features (student, len (strides)) as student_feat:
        student.backbone (images.tensors)
    save_dump (path, strides=list (strides), image_size=images.tensors.shape[-2:],
               teacher_feat=teacher_feat, student_feat=student_feat,
               gt_boxes=[target["boxes"] for target in targets],
               gt_labels=[target["labels"] for target in targets])
