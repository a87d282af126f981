package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;

/**
 * Shape of a student: a preset, and sizes that override it.
 *
 * @param preset source of the sizes that are not given, {@code laptop} by default; not part of a run's identity
 * @param hiddenSize hidden size; by default the preset's, as for all sizes
 * @param layers decoder layers
 * @param heads query heads
 * @param keyValueHeads key and value heads
 * @param feedForwardSize inner size of the SwiGLU block
 * @param tiedEmbeddings whether the output head is the embedding
 * @param ropeTheta base of the rotary embedding, 10000 by default
 */
public record StudentConfig(
        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        StudentPreset preset,

        Integer hiddenSize,
        Integer layers,
        Integer heads,
        Integer keyValueHeads,
        Integer feedForwardSize,
        Boolean tiedEmbeddings,
        Double ropeTheta) {

    /** Fills in the defaults. */
    public StudentConfig {
        preset = preset == null ? StudentPreset.LAPTOP : preset;
        hiddenSize = hiddenSize == null ? preset.hiddenSize : hiddenSize;
        layers = layers == null ? preset.layers : layers;
        heads = heads == null ? preset.heads : heads;
        keyValueHeads = keyValueHeads == null ? preset.keyValueHeads : keyValueHeads;
        feedForwardSize = feedForwardSize == null ? preset.feedForwardSize : feedForwardSize;
        tiedEmbeddings = tiedEmbeddings == null ? preset.tiedEmbeddings : tiedEmbeddings;
        ropeTheta = ropeTheta == null ? 10000 : ropeTheta;
        Checks.require(hiddenSize > 0, "student.hiddenSize " + hiddenSize + " is not positive");
        Checks.require(
                heads > 0 && hiddenSize % heads == 0,
                "student.hiddenSize " + hiddenSize + " is not a multiple of student.heads " + heads);
        Checks.require(
                keyValueHeads > 0 && heads % keyValueHeads == 0,
                "student.heads " + heads + " is not a multiple of student.keyValueHeads " + keyValueHeads);
        Checks.require(hiddenSize / heads % 2 == 0, "student.hiddenSize / student.heads must be even");
        Checks.require(
                layers > 0 && feedForwardSize > 0, "student.layers and student.feedForwardSize must be positive");
        Checks.require(
                ropeTheta > 0 && ropeTheta < Double.POSITIVE_INFINITY,
                "student.ropeTheta " + ropeTheta + " is not a positive number");
    }

    /** A student by its sizes; a null size is that of the default preset. */
    public StudentConfig(
            Integer hiddenSize,
            Integer layers,
            Integer heads,
            Integer keyValueHeads,
            Integer feedForwardSize,
            Boolean tiedEmbeddings,
            Double ropeTheta) {
        this(null, hiddenSize, layers, heads, keyValueHeads, feedForwardSize, tiedEmbeddings, ropeTheta);
    }

    /** The student of a preset. */
    public static StudentConfig of(StudentPreset preset) {
        return new StudentConfig(preset, null, null, null, null, null, null, null);
    }

    /**
     * The model of this shape.
     *
     * @param vocabularySize size of the vocabulary
     * @param contextLength longest context it is trained on
     * @param endOfText id of the end-of-text token
     */
    public ModelConfig model(int vocabularySize, int contextLength, int endOfText) {
        return new ModelConfig(
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                hiddenSize / heads,
                contextLength,
                1e-6,
                RopeConfig.plain(ropeTheta),
                tiedEmbeddings,
                false,
                false,
                endOfText);
    }
}
