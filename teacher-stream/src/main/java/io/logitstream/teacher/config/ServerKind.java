package io.logitstream.teacher.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Programs that serve models and give log-probabilities of the tokens of a prompt. */
public enum ServerKind {
    /** vLLM: {@code /inference/v1/generate} where the server has it, otherwise {@code /v1/completions}. */
    @JsonProperty("vllm")
    VLLM("vllm"),
    /** SGLang: {@code /generate}. */
    @JsonProperty("sglang")
    SGLANG("sglang");

    private final String key;

    ServerKind(String key) {
        this.key = key;
    }

    /** The value of {@code teach.server.api}. */
    public String key() {
        return key;
    }
}
