#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The hook examples: they are Python; and, where numpy is, they dump what stand-ins of PyTorch's detectors compute.

usage: test-examples-hooks.py KDSCOPE_CLI EXAMPLES_FOLDER
"""
import ast
import contextlib
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    np = None

program, examples = sys.argv[1], sys.argv[2]
sys.path.insert (0, examples)
torch = types.ModuleType ("torch")
torch.no_grad = contextlib.nullcontext
sys.modules["torch"] = torch
SIDES = [16, 8, 4, 2, 1]


class Tensor:
    """A tensor on a GPU: detached and copied before numpy may have it."""

    def __init__ (self, array):
        self.array, self.shape = array, array.shape

    def __array__ (self, *_):
        raise TypeError ("can't convert cuda:0 device type tensor to numpy")

    def __len__ (self):
        return len (self.array)

    def detach (self):
        return self

    def cpu (self):
        return self

    def is_floating_point (self):
        return self.array.dtype.kind == "f"

    def float (self):
        return Tensor (self.array.astype (np.float32))

    def numpy (self):
        return self.array


class Module:
    """Calls hooks after forward, as torch.nn.Module does."""

    def __init__ (self, forward):
        self.forward, self.hooks = forward, []

    def register_forward_hook (self, hook):
        self.hooks.append (hook)
        return types.SimpleNamespace (remove=lambda: self.hooks.remove (hook))

    def __call__ (self, *inputs):
        outputs = self.forward (*inputs)
        for hook in self.hooks:
            hook (self, inputs, outputs)
        return outputs


def feature_maps (seed, channels):
    rng = np.random.default_rng (seed)
    return [Tensor (rng.normal (size=(2, channels, side, side)).astype (np.float32)) for side in SIDES]


def boxes_of_two_images ():
    return ([Tensor (np.array ([[2.0, 3, 50, 60]])), Tensor (np.array ([[5.0, 5, 100, 90], [1, 1, 30, 20]]))],
            [Tensor (np.array ([1])), Tensor (np.array ([0, 2]))])


class Syntax (unittest.TestCase):
    def test_every_example_is_python (self):
        files = sorted (Path (examples).glob ("*.py"))
        self.assertIn ("torchvision_hooks.py", [f.name for f in files])
        self.assertIn ("mmdetection_hooks.py", [f.name for f in files])
        for file in files:
            ast.parse (file.read_text (encoding="utf-8"), file.name)

    def test_the_help_names_them (self):
        text = (Path (examples).parent / "help" / "help.txt").read_text (encoding="utf-8")
        for name in ("torchvision_hooks.py", "mmdetection_hooks.py"):
            self.assertIn (name, text)


@unittest.skipIf (np is None, "numpy is not installed")
class Hooks (unittest.TestCase):
    def inspected (self, path, teacher, student, n_levels):
        arrays = np.load (path)
        for l in range (n_levels):
            np.testing.assert_array_equal (arrays[f"teacher_feat.{l}"], teacher[l].array)
            np.testing.assert_array_equal (arrays[f"student_feat.{l}"], student[l].array)
        self.assertNotIn (f"teacher_feat.{n_levels}", arrays)
        self.assertEqual (list (arrays["gt_image"]), [0, 1, 1])
        self.assertEqual (list (arrays["image_size"]), [128, 128])
        subprocess.run ([program, "inspect", path, "--method", "fgd", "--out", path + ".out.npz"], check=True,
                        capture_output=True)
        return arrays

    def test_torchvision (self):
        from torchvision_hooks import dump_batch
        maps = {"teacher": feature_maps (1, 6), "student": feature_maps (2, 6)}
        boxes, labels = boxes_of_two_images ()

        def model (name):
            backbone = Module (lambda images: dict (enumerate (maps[name])))
            images = types.SimpleNamespace (tensors=Tensor (np.zeros ((2, 3, 128, 128))))
            targets = [{"boxes": b, "labels": k} for b, k in zip (boxes, labels)]
            return types.SimpleNamespace (backbone=backbone, eval=lambda: None, transform=lambda *_: (images, targets))
        teacher, student = model ("teacher"), model ("student")
        with tempfile.TemporaryDirectory () as folder:
            path = folder + "/dump.npz"
            dump_batch (path, teacher, student, None, None)
            self.inspected (path, maps["teacher"], maps["student"], 3)
        self.assertEqual (teacher.backbone.hooks + student.backbone.hooks, [])

    def test_mmdetection (self):
        from mmdetection_hooks import dump_batch
        maps = {"teacher": feature_maps (3, 6), "student": feature_maps (4, 6)}
        boxes, labels = boxes_of_two_images ()
        samples = [types.SimpleNamespace (gt_instances=types.SimpleNamespace (bboxes=b, labels=k))
                   for b, k in zip (boxes, labels)]
        data = {"inputs": Tensor (np.zeros ((2, 3, 128, 128))), "data_samples": samples}

        def head (features):
            self.assertEqual (len (features), len (SIDES))
            return ([Tensor (np.full ((2, 3, s, s), 0.5, np.float32)) for s in SIDES],
                    [Tensor (np.zeros ((2, 4, s, s), np.float32)) for s in SIDES])

        def model (name):
            neck = Module (lambda images: tuple (maps[name]))
            return types.SimpleNamespace (neck=neck, eval=lambda: None, extract_feat=lambda images: neck (images),
                                          bbox_head=head, data_preprocessor=lambda batch, training: data)
        with tempfile.TemporaryDirectory () as folder:
            path = folder + "/dump.npz"
            dump_batch (path, model ("teacher"), model ("student"), None, heads=True)
            arrays = self.inspected (path, maps["teacher"], maps["student"], 5)
            self.assertEqual (arrays["student_cls.1"].shape, (2, 3, 8, 8))


if __name__ == "__main__":
    unittest.main (argv=sys.argv[:1])
