#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resources/examples/kdscope_dump.py as a PyTorch user has it: what it writes is inspected, what does not fit is refused.

usage: test-examples-dump.py KDSCOPE_CLI EXAMPLES_FOLDER; exit code 77 (skipped) without numpy
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    print ("numpy is not installed")
    sys.exit (77)

program, examples = sys.argv[1], sys.argv[2]
sys.path.insert (0, examples)
from kdscope_dump import DumpError, save_dump  # noqa: E402

SIDES = [(8, 8), (4, 4)]


def features (seed, channels=6):
    rng = np.random.default_rng (seed)
    return [rng.normal (size=(2, channels, h, w)) for h, w in SIDES]


class FakeTensor:
    """What a PyTorch tensor on a GPU has that numpy's arrays do not."""

    def __init__ (self, array):
        self.array = array
        self.shape = array.shape

    def __array__ (self, *_):
        raise TypeError ("can't convert cuda:0 device type tensor to numpy")

    def detach (self):
        return self

    def cpu (self):
        return self

    def is_floating_point (self):
        return self.array.dtype.kind == "f"

    def float (self):
        return FakeTensor (self.array.astype (np.float32))

    def numpy (self):
        return self.array


def arguments (**changes):
    """One batch of two images of 64x64, with one and two boxes."""
    given = {
        "teacher_feat": features (1), "student_feat": features (2), "strides": [8, 16],
        "image": np.full ((2, 64, 64, 3), 90, np.uint8),
        "gt_boxes": [np.array ([[3, 4, 30, 40.0]]), np.array ([[1, 1, 60, 60], [10, 20, 20, 30.0]])],
        "gt_labels": [[0], [1, 2]],
    }
    given.update (changes)
    return given


class SaveDump (unittest.TestCase):
    def setUp (self):
        self.folder = tempfile.TemporaryDirectory ()
        self.path = str (Path (self.folder.name) / "dump.npz")

    def tearDown (self):
        self.folder.cleanup ()

    def inspect (self, method="fgd"):
        out = str (Path (self.folder.name) / "out.npz")
        done = subprocess.run ([program, "inspect", self.path, "--method", method, "--out", out, "--threads", "1"],
                               capture_output=True, text=True)
        self.assertEqual (done.returncode, 0, done.stderr)
        return np.load (out)

    def refused (self, sentence, **changes):
        with self.assertRaises (DumpError) as caught:
            save_dump (self.path, **arguments (**changes))
        self.assertIn (sentence, str (caught.exception))
        self.assertFalse (Path (self.path).exists ())

    def test_inspected (self):
        save_dump (self.path, class_names=["boat", "car", "house"], **arguments ())
        maps = self.inspect ()
        terms = [maps[f"loss.{name}"] for name in ("fg", "bg", "attention", "relation")]
        self.assertGreater (min (terms), 0)
        self.assertAlmostEqual (float (maps["loss.total"]), float (sum (terms)), places=6)
        self.assertEqual (maps["grad.student_feat.1"].shape, (2, 6, 4, 4))

    def test_equal_features_lose_nothing (self):
        save_dump (self.path, **arguments (student_feat=features (1)))
        maps = self.inspect ()
        self.assertEqual (float (maps["loss.fg"]) + float (maps["loss.bg"]) + float (maps["loss.attention"]), 0)

    def test_tensors_and_rows (self):
        """PyTorch's tensors, and boxes in one array with their images, are the same dump."""
        plain = save_dump (self.path, **arguments ())
        given = arguments (gt_boxes=np.concatenate (arguments ()["gt_boxes"]), gt_labels=[0, 1, 2], gt_image=[0, 1, 1],
                           teacher_feat=[FakeTensor (f) for f in features (1)],
                           student_feat=[FakeTensor (f) for f in features (2)])
        tensors = save_dump (self.path, **given)
        self.assertEqual (plain.keys (), tensors.keys ())
        for name, array in plain.items ():
            np.testing.assert_array_equal (array, tensors[name])
        written = np.load (self.path)
        self.assertEqual (sorted (written.files), sorted (plain))
        self.assertEqual (written["teacher_feat.0"].dtype, np.float32)

    def test_an_image_without_objects (self):
        save_dump (self.path, **arguments (gt_boxes=[[], [[1, 1, 60, 60]]], gt_labels=[[], [2]]))
        self.assertEqual (np.load (self.path)["gt_image"].tolist (), [1])
        self.inspect ()

    def test_a_head (self):
        rng = np.random.default_rng (3)
        head = [rng.normal (size=(2, 9, h, w)) for h, w in SIDES]
        deltas = [rng.normal (size=(2, 12, h, w)) for h, w in SIDES]
        anchors = [np.tile ([0, 0, 16, 16.0], (h * w * 3, 1)) for h, w in SIDES]
        save_dump (self.path, **arguments (teacher_cls=head, student_cls=head, teacher_reg=deltas, student_reg=deltas,
                                           anchors=anchors, params={"adapt.weight": np.zeros ((6, 6, 1, 1))}))
        self.inspect ()
        self.refused_head (head, deltas, anchors)

    def refused_head (self, head, deltas, anchors):
        Path (self.path).unlink ()
        self.refused ("student_cls.0: expected [2,9,any,any] like teacher_cls.0, found [2, 6, 8, 8]",
                      teacher_cls=head, student_cls=features (1))
        self.refused ("anchors.1: expected [48,4] like 4x4 cells with 3 anchors each, found [47, 4]",
                      teacher_reg=deltas, anchors=[anchors[0], anchors[1][1:]])

    def test_refusals (self):
        short = features (2)
        short[1] = short[1][:, :, :, :3]
        self.refused ("student_feat.1: expected [2,any,4,4] like teacher_feat.1, found [2, 6, 4, 3]", student_feat=short)
        self.refused ("student_feat: expected 2 levels like teacher_feat, found 1", student_feat=features (2)[:1])
        self.refused ("strides: expected [2] like the levels of teacher_feat, found [3]", strides=[8, 16, 32])
        self.refused ("image: expected uint8 sRGB", image=np.zeros ((2, 64, 64, 3)))
        self.refused ("image: expected [2,any,any,3]", image=np.zeros ((2, 3, 64, 64), np.uint8))
        self.refused ("image_size: expected (height, width) in px, or image", image=None)
        self.refused ("image_size: expected 64,64 (height, width) like image, found 64,32", image_size=(64, 32))
        self.refused ("is it x,y,width,height?", gt_boxes=[[[30, 30, 10, 10]], [[1, 1, 60, 60], [9, 9, 20, 30]]])
        self.refused ("gt_boxes: expected 2 arrays, one an image, found 1", gt_boxes=[[[1, 1, 2, 2]]])
        self.refused ("gt_image: expected which image", gt_boxes=np.ones ((3, 4)))
        self.refused ("gt_image: expected 0 to 1, found 0 to 2", gt_boxes=np.ones ((3, 4)), gt_image=[0, 1, 2])
        self.refused ("gt_labels[1]: expected [2] like gt_boxes[1], found [1]", gt_labels=[[0], [1]])
        self.refused ("gt_labels: expected 0 to 2147483647, found -1 to 2", gt_labels=[[-1], [1, 2]])
        self.refused ("teacher_feats: not an array of a dump; choose one of: teacher_feat", teacher_feats=features (1))
        self.refused ("teacher_roi_cls: expected proposals as well", teacher_roi_cls=np.zeros ((5, 3)))


if __name__ == "__main__":
    unittest.main (argv=sys.argv[:1])
