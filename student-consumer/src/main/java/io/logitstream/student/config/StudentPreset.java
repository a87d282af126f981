package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Sizes of known students: those of the paper (appendix on architectures) and one for a laptop. */
public enum StudentPreset {
    /** The default: 1.1M parameters with a vocabulary of 4,096. */
    @JsonProperty("laptop")
    LAPTOP(128, 352, 3, 4, 2, true),
    /** 334M; here and below with GLM-4's vocabulary of 151,552. */
    @JsonProperty("330M")
    PAPER_330M(1024, 4096, 12, 16, 2, true),
    /**
     * 514M, tied as in the table of the paper; an untied head ({@code tiedEmbeddings: false}) has 669M, which fits the
     * name.
     */
    @JsonProperty("670M")
    PAPER_670M(1024, 4096, 24, 16, 2, true),
    /** 1.87B. */
    @JsonProperty("1.9B")
    PAPER_1_9B(2048, 6912, 24, 16, 2, false),
    /** 3.75B. */
    @JsonProperty("3.8B")
    PAPER_3_8B(3072, 8192, 28, 24, 8, false),
    /** 6.82B. */
    @JsonProperty("6.8B")
    PAPER_6_8B(4096, 12800, 28, 32, 8, false);

    final int hiddenSize;
    final int feedForwardSize;
    final int layers;
    final int heads;
    final int keyValueHeads;
    final boolean tiedEmbeddings;

    StudentPreset(
            int hiddenSize, int feedForwardSize, int layers, int heads, int keyValueHeads, boolean tiedEmbeddings) {
        this.hiddenSize = hiddenSize;
        this.feedForwardSize = feedForwardSize;
        this.layers = layers;
        this.heads = heads;
        this.keyValueHeads = keyValueHeads;
        this.tiedEmbeddings = tiedEmbeddings;
    }
}
