"""Checkpoints of transformers by optimum's exporter: CLIP and SigLIP whole, classifiers, SegFormer, ViTPose, Whisper in three shapes."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "whisper"))

import numpy
import soundfile
import torch
import transformers
from cases import LABELS, PICTURES, ROOT, attempt, picture, scores, session, softmax
from clip_vocabulary import write_vocabulary
from optimum.exporters.onnx import main_export
from transformers import AutoImageProcessor

WIDE = PICTURES[0]
RECORDING = ROOT / "plugins/whisper/fixtures/recordings/voice.wav"
MERGES = Path("/")  # found in `make`


def louder(model, factor: float = 4):
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(factor)
    return model.eval()


def spread(model, inputs: dict):
    """A head whose answers differ: batch norms learn the pictures, and logits come out with a deviation of 2."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        model(**inputs)
        model.eval()
        head = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
        factor = 2 / float(model(**inputs).logits.std())
        head.weight.mul_(factor)
        head.bias.mul_(factor)
    return model


def classifier(root, name, config, processor, variant="whole", like="weather-classification", **options):
    with attempt(root, "optimum", name, variant, like) as case, tempfile.TemporaryDirectory() as source:
        torch.manual_seed(4)
        config.id2label, config.label2id = dict(enumerate(LABELS)), {label: i for i, label in enumerate(LABELS)}
        model = transformers.AutoModelForImageClassification.from_config(config)
        processor.save_pretrained(source)
        fast = AutoImageProcessor.from_pretrained(source, use_fast=True)
        spread(model, {"pixel_values": torch.cat([fast(picture(path), return_tensors="pt").pixel_values for path in PICTURES])})
        model.save_pretrained(source)
        main_export(source, case.folder, task="image-classification", **options)
        runs = session(case.folder / "model.onnx")
        for path in PICTURES:
            [logits] = runs.run(None, {"pixel_values": fast(picture(path), return_tensors="pt").pixel_values.numpy()})
            case.ask("classify-image", path, scores(LABELS, softmax(logits)[0]))


def picture_text(root, name, model, processor, variant, like, texts, keep=("tokenizer.json",), template="a photo of {}", **texted):
    with attempt(root, "optimum", name, variant, like) as case, tempfile.TemporaryDirectory() as source:
        model.save_pretrained(source)
        processor.save_pretrained(source)
        main_export(source, case.folder, task="zero-shot-image-classification")
        for file in ("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"):
            if file not in keep and file in ("tokenizer.json", "vocab.json", "merges.txt"):
                (case.folder / file).unlink(missing_ok=True)
        fast = AutoImageProcessor.from_pretrained(source, use_fast=True)
        runs = session(case.folder / "model.onnx")
        wanted = [each.name for each in runs.get_inputs()]
        names = ["a bus", "two dogs", "the sea"]

        def feeds(path, asked):
            tokens = processor.tokenizer(asked, return_tensors="np", **texted)
            given = {**tokens, "pixel_values": fast(picture(path), return_tensors="pt").pixel_values.numpy()}
            return {key: given[key] for key in wanted}

        outputs = [each.name for each in runs.get_outputs()]
        for path in PICTURES:
            answer = dict(zip(outputs, runs.run(None, feeds(path, [template.replace("{}", each) for each in names]))))
            case.ask("embed-image", path, {"embedding": answer["image_embeds"][0].tolist()})
            if like.startswith("clip"):
                case.ask("match-image", path, {"labels": dict(zip(names, softmax(answer["logits_per_image"])[0].tolist()))}, "--labels", ",".join(names), "--template", template)
        for text in texts:
            answer = dict(zip(outputs, runs.run(None, feeds(WIDE, [text]))))
            case.ask("embed-text", text, {"embedding": answer["text_embeds"][0].tolist()})


def clip(root, variant, keep):
    torch.manual_seed(6)
    tower = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "projection_dim": 32}
    config = transformers.CLIPConfig(text_config={**tower, "eos_token_id": 49407, "bos_token_id": 49406, "pad_token_id": 49407}, vision_config={**tower, "image_size": 64, "patch_size": 16}, projection_dim=32)
    with tempfile.TemporaryDirectory() as vocabulary:
        write_vocabulary(Path(vocabulary), MERGES)
        tokenizer = transformers.CLIPTokenizerFast.from_pretrained(vocabulary)
    processor = transformers.CLIPProcessor(transformers.CLIPImageProcessor(size={"shortest_edge": 72}, crop_size={"height": 64, "width": 64}), tokenizer)
    texts = ["a red bus", "Two   dogs, one cat's tail & 17 birds!", "Ein schöner Tag – naïve café"]
    picture_text(root, "clip", louder(transformers.CLIPModel(config)), processor, variant, "clip-vit-b32", texts, keep, padding=True)


def siglip(root):
    torch.manual_seed(8)
    tower = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(ROOT / "plugins/fashion-clip/fixtures/siglip/tokenizer.json"), pad_token="</s>", eos_token="</s>", unk_token="<unk>", model_max_length=64)
    config = transformers.SiglipConfig(text_config={**tower, "vocab_size": len(tokenizer), "max_position_embeddings": 64, "pad_token_id": 1, "eos_token_id": 1, "bos_token_id": 0}, vision_config={**tower, "image_size": 64, "patch_size": 16})
    processor = transformers.SiglipImageProcessor(size={"height": 64, "width": 64})

    class Both:
        def __init__(self):
            self.tokenizer = tokenizer

        def save_pretrained(self, folder):
            tokenizer.save_pretrained(folder)
            processor.save_pretrained(folder)

    picture_text(root, "siglip", louder(transformers.SiglipModel(config)), Both(), "whole", "fashion-siglip", ["a red bus", "the sea"], padding="max_length", max_length=64, truncation=True)


def vision_alone(root):
    with attempt(root, "optimum", "clip_vision_model", "without projection", "clip-vit-b32") as case, tempfile.TemporaryDirectory() as source:
        config = transformers.CLIPVisionConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, image_size=64, patch_size=16)
        transformers.CLIPVisionModel(config).save_pretrained(source)
        transformers.CLIPImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}).save_pretrained(source)
        main_export(source, case.folder, task="feature-extraction")


def segformer(root):
    with attempt(root, "optimum", "segformer", "whole", "segformer-b2-clothes", tolerance=2e-3) as case, tempfile.TemporaryDirectory() as source:
        torch.manual_seed(10)
        config = transformers.SegformerConfig(hidden_sizes=[16, 32, 40, 64], depths=[1, 1, 1, 1], decoder_hidden_size=32, num_attention_heads=[1, 2, 4, 8])
        config.id2label, config.label2id = dict(enumerate(LABELS)), {label: i for i, label in enumerate(LABELS)}
        louder(transformers.SegformerForSemanticSegmentation(config)).save_pretrained(source)
        transformers.SegformerImageProcessor(size={"height": 128, "width": 128}).save_pretrained(source)
        main_export(source, case.folder, task="semantic-segmentation")
        fast = AutoImageProcessor.from_pretrained(source, use_fast=True)
        runs = session(case.folder / "model.onnx")
        for path in PICTURES[:2]:
            image = picture(path)
            [logits] = runs.run(None, {"pixel_values": fast(image, return_tensors="pt").pixel_values.numpy()})
            whole = torch.nn.functional.interpolate(torch.from_numpy(logits), size=(image.height, image.width), mode="bilinear", align_corners=False).argmax(1)
            case.ask("segment-image", path, {"coverage": {label: float((whole == i).float().mean()) for i, label in enumerate(LABELS)}})


def vitpose(root):
    with attempt(root, "optimum", "vitpose", "whole", "vitpose-base", tolerance=2e-2) as case, tempfile.TemporaryDirectory() as source:
        torch.manual_seed(12)
        backbone = transformers.VitPoseBackboneConfig(image_size=[64, 48], hidden_size=48, num_hidden_layers=2, num_attention_heads=4, mlp_ratio=2, out_indices=[2])
        config = transformers.VitPoseConfig(backbone_config=backbone, use_simple_decoder=True, scale_factor=4, num_labels=5)
        config.id2label, config.label2id = dict(enumerate(LABELS)), {label: i for i, label in enumerate(LABELS)}
        louder(transformers.VitPoseForPoseEstimation(config)).save_pretrained(source)
        processor = transformers.VitPoseImageProcessor(size={"height": 64, "width": 48})
        processor.save_pretrained(source)
        main_export(source, case.folder, task="keypoint-detection")
        runs = session(case.folder / "model.onnx")
        for path in PICTURES:
            image = picture(path)
            boxes = [[[0, 0, image.width, image.height]]]
            [heatmaps] = runs.run(None, {"pixel_values": processor(image, boxes=boxes, return_tensors="pt").pixel_values.numpy()})
            output = transformers.models.vitpose.modeling_vitpose.VitPoseEstimatorOutput(heatmaps=torch.from_numpy(heatmaps))
            [[person]] = processor.post_process_pose_estimation(output, boxes=boxes)
            rows = torch.cat([person["keypoints"], person["scores"][:, None]], 1)
            case.ask("estimate-pose", path, {"keypoints": rows.tolist()})


def whisper(root, variant, task, **options):
    from tiny_whisper import write_tiny_checkpoint

    with attempt(root, "optimum", "whisper", variant, "whisper-tiny") as case, tempfile.TemporaryDirectory() as source:
        write_tiny_checkpoint(1, Path(source))
        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=f"{source}/tokenizer.json")
        sizes = {"nb_max_frames": 100, "feature_size": 20, "do_validation": False}
        main_export(source, case.folder, task=task, **sizes, **options)
        shutil.copy(f"{source}/tokenizer.json", case.folder)
        model = transformers.WhisperForConditionalGeneration.from_pretrained(source).eval()
        extractor = transformers.WhisperFeatureExtractor.from_pretrained(source)
        samples, rate = soundfile.read(RECORDING)
        features = extractor(samples.astype(numpy.float32), sampling_rate=rate, return_tensors="pt").input_features
        ids = model.generate(features, language="en", task="transcribe", return_timestamps=False)
        case.ask("transcribe-audio", RECORDING, {"text": re.sub(r"<\|\d+\.\d\d\|>", "", tokenizer.decode(ids[0], skip_special_tokens=True))}, "--language", "en", "--no-timestamps")


def depth(root, variant: str, keeps: bool):
    """Without an exporter of its own in optimum: transformers' model through torch.onnx, which fixes the sizes that it saw."""
    with attempt(root, "torch.onnx", "depth-anything", variant, "depth-anything-v2-small", tolerance=1e-3) as case:
        torch.manual_seed(14)
        backbone = transformers.Dinov2Config(image_size=98, patch_size=14, hidden_size=32, num_hidden_layers=4, num_attention_heads=2, out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False, apply_layernorm=True)
        config = transformers.DepthAnythingConfig(backbone_config=backbone, reassemble_hidden_size=32, neck_hidden_sizes=[8, 16, 24, 32], fusion_hidden_size=16, head_hidden_size=8)
        model = louder(transformers.DepthAnythingForDepthEstimation(config), 2)
        config.save_pretrained(case.folder)
        transformers.DPTImageProcessor(size={"height": 98, "width": 98}, keep_aspect_ratio=keeps, ensure_multiple_of=14, resample=3).save_pretrained(case.folder)
        fast = AutoImageProcessor.from_pretrained(case.folder, use_fast=True)

        class Depth(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, pixel_values):
                return self.model(pixel_values).predicted_depth

        torch.onnx.export(Depth().eval(), torch.randn(1, 3, 98, 98), str(case.folder / "model.onnx"), dynamo=False, opset_version=17, input_names=["pixel_values"],
                          output_names=["predicted_depth"], dynamic_axes={"pixel_values": {0: "batch"}, "predicted_depth": {0: "batch"}})
        runs = session(case.folder / "model.onnx")
        image = picture(WIDE)
        pixels = fast(image, return_tensors="pt").pixel_values.numpy()
        if keeps:
            return
        [found] = runs.run(None, {"pixel_values": pixels})
        whole = torch.nn.functional.interpolate(torch.from_numpy(found)[None], size=(image.height, image.width), mode="bicubic", align_corners=False)
        case.ask("estimate-depth", WIDE, {"depth": whole.flatten().tolist()})


def make(root) -> None:
    global MERGES
    MERGES = Path(next(path for place in sys.path for path in Path(place or ".").glob("open_clip/bpe_simple_vocab_16e6.txt.gz")))
    clip(root, "whole", ("tokenizer.json",))
    clip(root, "whole, vocab.json and merges.txt", ("vocab.json", "merges.txt"))
    siglip(root)
    vision_alone(root)
    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    square = {"size": {"height": 64, "width": 64}}
    classifier(root, "vit", transformers.ViTConfig(**small, image_size=64, patch_size=16), transformers.ViTImageProcessor(**square))
    classifier(root, "resnet", transformers.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], layer_type="basic"), transformers.ConvNextImageProcessor(size={"shortest_edge": 96}, crop_pct=0.875))
    classifier(root, "swin", transformers.SwinConfig(image_size=64, patch_size=4, embed_dim=16, depths=[1, 1], num_heads=[2, 4], window_size=4), transformers.ViTImageProcessor(**square))
    classifier(root, "mobilenet_v2", transformers.MobileNetV2Config(image_size=96, depth_multiplier=0.35), transformers.MobileNetV2ImageProcessor(size={"shortest_edge": 110}, crop_size={"height": 96, "width": 96}))
    segformer(root)
    vitpose(root)
    depth(root, "one size", False)
    depth(root, "one size, but the processor has many", True)
    whisper(root, "without past", "automatic-speech-recognition")
    whisper(root, "with past, split", "automatic-speech-recognition-with-past", no_post_process=True)
    whisper(root, "with past, merged", "automatic-speech-recognition-with-past")
