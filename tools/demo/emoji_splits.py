"""What is trained on and what is only tested on.

Scale is the side of the glyph's square over the side of the picture; angle is in degrees, its sign free.
"""

TRAIN_SCALES = ((0.55, 0.68), (0.74, 0.86), (0.92, 1.05))
TEST_SCALES = ((0.68, 0.74), (0.86, 0.92))
TRAIN_ANGLES = ((0.0, 4.0), (8.0, 15.0))
TEST_ANGLES = ((4.0, 8.0),)
# Families of backgrounds; no member of the second list is ever drawn for training.
TRAIN_BACKGROUNDS = ("plain", "noise", "blobs")
TEST_BACKGROUNDS = ("gradient", "stripes", "checks")
# Largest shift of the glyph's centre from the picture's, over the picture's side.
MAX_SHIFT = 0.08
