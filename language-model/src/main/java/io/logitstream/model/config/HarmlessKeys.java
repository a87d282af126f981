package io.logitstream.model.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys of {@code config.json} that change nothing in the logits. They are accepted with any value where a family does
 * not read them.
 */
public final class HarmlessKeys {
    /** Keys of the top level: common to all families, or added by training and conversion tools. */
    private static final Set<String> HARMLESS = union(
            // Identity of the model, its classes and files.
            List.of(
                    "architectures",
                    "auto_map",
                    "dtype",
                    "model_name",
                    "model_type",
                    "model_version",
                    "name",
                    "name_or_path",
                    "tokenizer_class",
                    "tokenizer_name",
                    "tokenizer_type",
                    "torch_dtype",
                    "transformers.js_config",
                    "transformers_version",
                    "unsloth_fixed",
                    "unsloth_version"),
            // Token ids, prompts and defaults of generation.
            List.of(
                    "add_bos_token",
                    "add_eos_token",
                    "bad_words_ids",
                    "begin_suppress_tokens",
                    "bos_token_id",
                    "cache_implementation",
                    "chat_template",
                    "decoder_start_token_id",
                    "diversity_penalty",
                    "do_sample",
                    "early_stopping",
                    "encoder_no_repeat_ngram_size",
                    "eos_token_id",
                    "exponential_decay_length_penalty",
                    "forced_bos_token_id",
                    "forced_eos_token_id",
                    "length_penalty",
                    "max_length",
                    "max_new_tokens",
                    "max_window_layers",
                    "min_length",
                    "no_repeat_ngram_size",
                    "num_beam_groups",
                    "num_beams",
                    "num_return_sequences",
                    "output_scores",
                    "pad_token_id",
                    "padding_side",
                    "prefix",
                    "remove_invalid_values",
                    "repetition_penalty",
                    "return_dict_in_generate",
                    "sep_token_id",
                    "suppress_tokens",
                    "temperature",
                    "top_k",
                    "top_p",
                    "typical_p",
                    "unk_token_id",
                    "use_cache"),
            // Training: initialisation, dropout, losses, labels, checkpointing.
            List.of(
                    "attention_dropout",
                    "attn_pdrop",
                    "embd_pdrop",
                    "finetuning_task",
                    "gradient_checkpointing",
                    "hidden_dropout",
                    "hidden_dropout_prob",
                    "id2label",
                    "initializer_range",
                    "label2id",
                    "max_sequence_length",
                    "model_max_length",
                    "num_labels",
                    "problem_type",
                    "resid_pdrop",
                    "router_aux_loss_coef",
                    "task_specific_params",
                    "use_bfloat16"),
            // Implementation of the same computation, and form of the returned result.
            List.of(
                    "_attn_implementation",
                    "attn_implementation",
                    "chunk_size_feed_forward",
                    "flash_attn",
                    "fp16",
                    "bf16",
                    "fp32",
                    "fused_bias_fc",
                    "output_attentions",
                    "output_hidden_states",
                    "output_router_logits",
                    "pretraining_tp",
                    "return_dict",
                    "tf_legacy_loss",
                    "torchscript",
                    "use_flash_attention",
                    "use_flash_attention_2",
                    "use_flash_attn",
                    "use_memory_efficient_attention"),
            // Settings of other architectures at a value that disables them, and sliding windows that a family does not
            // have.
            List.of(
                    "cross_attention_hidden_size",
                    "is_decoder",
                    "is_llama_config",
                    "original_max_position_embeddings",
                    "pruned_heads",
                    "sliding_window",
                    "tie_encoder_decoder"));

    private static final Set<String> HARMLESS_IN_ROPE = Set.of(
            "attention_factor",
            "beta_fast",
            "beta_slow",
            "factor",
            "finetuned",
            "high_freq_factor",
            "long_factor",
            "low_freq_factor",
            "max_position_embeddings",
            "mscale",
            "mscale_all_dim",
            "original_max_position_embeddings",
            "short_factor",
            "truncate");

    private HarmlessKeys() {}

    /** Whether a key of the file's top level changes nothing. */
    public static boolean isHarmless(String key) {
        return HARMLESS.contains(key) || key.startsWith("_");
    }

    /** Whether a key of the rotary embedding changes nothing where its {@code rope_type} does not read it. */
    public static boolean isHarmlessInRope(String key) {
        return HARMLESS_IN_ROPE.contains(key) || key.startsWith("_");
    }

    @SafeVarargs
    private static Set<String> union(List<String>... groups) {
        Set<String> all = new HashSet<>();
        for (List<String> group : groups) {
            all.addAll(group);
        }
        return Set.copyOf(all);
    }
}
