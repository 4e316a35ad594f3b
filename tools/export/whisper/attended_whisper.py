"""How optimum exports a Whisper whose decoder also says what it attends to: times of words are read from that."""

from optimum.exporters.onnx.model_configs import WhisperOnnxConfig
from transformers import WhisperConfig


class AttendedWhisperOnnxConfig(WhisperOnnxConfig):
    """Its decoders have an output `cross_attentions.{layer}` of [batch, heads, tokens, positions of the encoder] for each layer."""

    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        outputs = super().outputs
        if "logits" in outputs:
            axes = {0: "batch_size", 2: "decoder_sequence_length", 3: "encoder_sequence_length"}
            outputs |= {f"cross_attentions.{layer}": axes for layer in range(self._config.decoder_layers)}
        return outputs


def attended(config: WhisperConfig) -> dict:
    """Arguments of `main_export`."""
    whole = AttendedWhisperOnnxConfig(config=config, task="automatic-speech-recognition", use_past=True, use_past_in_inputs=True)
    return {
        "model_kwargs": {"output_attentions": True},
        "custom_onnx_configs": {
            "encoder_model": whole.with_behavior("encoder"),
            "decoder_model": whole.with_behavior("decoder", use_past=True, use_past_in_inputs=False),
            "decoder_with_past_model": whole.with_behavior("decoder", use_past=True, use_past_in_inputs=True),
        },
    }
