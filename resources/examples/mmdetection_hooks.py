# SPDX-License-Identifier: MIT
"""Write a kdscope dump from two mmdetection 3 detectors, with hooks on their necks.

    from mmdetection_hooks import dump_batch
    dump_batch ("dump.npz", teacher, student, next (iter (loader)))

Both networks must see the same picture: the student's preprocessor is used for both.
"""
import contextlib

import torch

from kdscope_dump import save_dump


@contextlib.contextmanager
def kept_features (model, levels):
    """What the neck gives out while the context is open: a list, fine to coarse."""
    kept = []

    def hook (module, inputs, outputs):  # a tuple, fine to coarse
        kept[:] = [level.detach () for level in outputs[:levels]]

    handle = model.neck.register_forward_hook (hook)
    try:
        yield kept
    finally:
        handle.remove ()


def dump_batch (path, teacher, student, batch, strides=(8, 16, 32, 64, 128), heads=False):
    """One batch; @heads: the logits of a dense head too, which FRS, PFI and PGD need."""
    teacher.eval ()
    student.eval ()
    data = student.data_preprocessor (batch, False)
    arrays = {}
    for name, model in (("teacher", teacher), ("student", student)):
        with torch.no_grad (), kept_features (model, len (strides)) as features:
            model.extract_feat (data["inputs"])
        arrays[name + "_feat"] = features
        if heads:
            with torch.no_grad ():
                scores, boxes = model.bbox_head (tuple (features))
            arrays[name + "_cls"], arrays[name + "_reg"] = scores, boxes
    instances = [sample.gt_instances for sample in data["data_samples"]]
    save_dump (path, strides=list (strides), image_size=data["inputs"].shape[-2:],
               gt_boxes=[instance.bboxes for instance in instances],
               gt_labels=[instance.labels for instance in instances], **arrays)
