"""CPT (Shao et al. 2021) from the parts that transformers has: a BertModel whose inner layers the BART decoder reads."""

import json

import torch
import transformers as t
from safetensors.torch import save_file


class SharedEncoder(torch.nn.Module):
    """All segments are 1, as in fine-tuning; the last `decoder_layers` layers are for understanding tasks and aren't read."""

    main_input_name = "input_ids"

    def __init__(self, config):
        super().__init__()
        self.unread = config.decoder_layers
        self.bert = t.BertModel(
            t.BertConfig(
                vocab_size=config.vocab_size, hidden_size=config.d_model, num_hidden_layers=config.encoder_layers,
                num_attention_heads=config.encoder_attention_heads, intermediate_size=config.encoder_ffn_dim,
                max_position_embeddings=config.max_position_embeddings, attn_implementation="eager",
            ),
            add_pooling_layer=False,
        )

    def forward(self, input_ids, attention_mask=None, **_):
        output = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.ones_like(input_ids),
            output_hidden_states=True,
        )
        return t.modeling_outputs.BaseModelOutput(last_hidden_state=output.hidden_states[-self.unread - 1])


class CptForConditionalGeneration(t.BartForConditionalGeneration):
    _tied_weights_keys = {"lm_head.weight": "model.shared.weight"}

    def __init__(self, config):
        super().__init__(config)
        self.model.encoder = SharedEncoder(config)
        self.model.encoder.bert.embeddings.word_embeddings = self.model.shared

    def get_encoder(self, modality=None):
        return self.model.encoder


def save_cpt(model, folder):
    """The names of fnlp/cpt-base, with every copy of the word table."""
    names = {name.replace("model.encoder.bert.", "model.encoder."): value for name, value in model.state_dict().items()}
    names["lm_head.weight"] = model.model.shared.weight
    tensors = {
        name: value.detach().float().contiguous().clone()
        for name, value in names.items()
        if not name.endswith(("position_ids", "token_type_ids"))
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    config.update(architectures=["CPTForConditionalGeneration"], model_type="bart", normalize_before=False)
    with open(folder / "config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, sort_keys=True)
        file.write("\n")
