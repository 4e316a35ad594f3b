"""Export a torchvision ResNet-50 that is a bare state_dict with a list of classes, or make the tiny ones of plugins/vehicle-classifier.

    python tools/export/vehicle-classifier.py CHECKPOINT FOLDER
    python tools/export/vehicle-classifier.py --tiny 1 2 3

CHECKPOINT holds pytorch_model.bin and classes.txt, one class per line in the order of the outputs. FOLDER gets
onnx/model.onnx (pixel_values [batch, 3, height, width] f32 -> logits [batch, classes] f32), config.json with the labels and
preprocessor_config.json. The checkpoint has no processor: it was trained with torchvision's transforms on Pillow pictures,
Resize((224, 224)), ToTensor, Normalize(ImageNet), and `ViTImageProcessorPil` makes the same tensors to the bit.
"""

from exporter import run

run(__file__, __doc__)
