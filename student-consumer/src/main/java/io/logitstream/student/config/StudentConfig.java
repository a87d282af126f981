package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ContextLimit;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.huggingface.HuggingFaceConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where a student starts: a preset, with sizes that override it, and random weights; or the weights and the shape of a
 * Hugging Face folder.
 *
 * @param preset source of the sizes that are not given, {@code laptop} by default; not part of a run's identity
 * @param hiddenSize hidden size; by default the preset's, as for all sizes
 * @param layers decoder layers
 * @param heads query heads
 * @param keyValueHeads key and value heads
 * @param feedForwardSize inner size of the SwiGLU block
 * @param tiedEmbeddings whether the output head is the embedding
 * @param ropeTheta base of the rotary embedding, 10000 by default
 * @param headSize size of a head; null, the default, for hidden size / heads
 * @param family {@code model_type} of its form: {@code llama} by default, {@code mistral}, {@code qwen2}, {@code qwen3},
 *     {@code glm} or {@code glm4}
 * @param from Hugging Face folder whose weights, shape and family the student starts from, in place of all settings
 *     above; null, the default, for random weights
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
        Double ropeTheta,
        // Left out where they have the default, so that settings of versions without these keys are equal.
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer headSize,
        @JsonInclude(JsonInclude.Include.NON_NULL) String family,
        @JsonInclude(JsonInclude.Include.NON_NULL) String from) {
    private static final String START = "from";

    /** Families of students with random weights. */
    private static final List<String> FAMILIES = List.of("llama", "mistral", "qwen2", "qwen3", "glm", "glm4");

    private static final String DEFAULT_FAMILY = "llama";

    /**
     * Removes from settings of a student what its more specific settings exclude: sizes where these name a start, and a
     * start where they give sizes.
     *
     * @param settings settings of a student, which are changed
     * @param over more specific settings, to be merged over them
     */
    public static void makeRoom(ObjectNode settings, JsonNode over) {
        if (over.hasNonNull(START)) {
            settings.removeAll();
        } else if (over.properties().stream()
                .anyMatch(key -> !key.getKey().equals(START) && !key.getValue().isNull())) {
            settings.remove(START);
        }
    }

    /** Fills in the defaults. */
    public StudentConfig {
        if (from != null) {
            Map<String, Object> excluded = new LinkedHashMap<>();
            excluded.put("preset", preset);
            excluded.put("hiddenSize", hiddenSize);
            excluded.put("layers", layers);
            excluded.put("heads", heads);
            excluded.put("keyValueHeads", keyValueHeads);
            excluded.put("feedForwardSize", feedForwardSize);
            excluded.put("tiedEmbeddings", tiedEmbeddings);
            excluded.put("ropeTheta", ropeTheta);
            excluded.put("headSize", headSize);
            excluded.put("family", family);
            excluded.values().removeIf(Objects::isNull);
            Checks.require(
                    excluded.isEmpty(),
                    "student.from takes the shape of the model in " + from + ": remove student."
                            + String.join(", student.", excluded.keySet()));
        } else {
            preset = preset == null ? StudentPreset.LAPTOP : preset;
            hiddenSize = hiddenSize == null ? preset.hiddenSize : hiddenSize;
            layers = layers == null ? preset.layers : layers;
            heads = heads == null ? preset.heads : heads;
            keyValueHeads = keyValueHeads == null ? preset.keyValueHeads : keyValueHeads;
            feedForwardSize = feedForwardSize == null ? preset.feedForwardSize : feedForwardSize;
            tiedEmbeddings = tiedEmbeddings == null ? preset.tiedEmbeddings : tiedEmbeddings;
            ropeTheta = ropeTheta == null ? 10000 : ropeTheta;
            family = DEFAULT_FAMILY.equals(family) ? null : family;
            requireSizes(hiddenSize, layers, heads, keyValueHeads, feedForwardSize, headSize);
            Checks.require(
                    ropeTheta > 0 && ropeTheta < Double.POSITIVE_INFINITY,
                    "student.ropeTheta " + ropeTheta + " is not a positive number");
            Checks.require(
                    family == null || FAMILIES.contains(family),
                    "student.family " + family + " is not one of " + String.join(", ", FAMILIES));
        }
    }

    private static void requireSizes(
            int hiddenSize, int layers, int heads, int keyValueHeads, int feedForwardSize, Integer headSize) {
        Checks.require(hiddenSize > 0, "student.hiddenSize " + hiddenSize + " is not positive");
        Checks.require(heads > 0, "student.heads " + heads + " is not positive");
        Checks.require(
                headSize != null || hiddenSize % heads == 0,
                "student.hiddenSize " + hiddenSize + " is not a multiple of student.heads " + heads);
        Checks.require(
                keyValueHeads > 0 && heads % keyValueHeads == 0,
                "student.heads " + heads + " is not a multiple of student.keyValueHeads " + keyValueHeads);
        Checks.require(
                headSize != null || hiddenSize / heads % 2 == 0, "student.hiddenSize / student.heads must be even");
        Checks.require(
                headSize == null || headSize > 0 && headSize % 2 == 0,
                "student.headSize " + headSize + " is not a positive even number");
        Checks.require(
                layers > 0 && feedForwardSize > 0, "student.layers and student.feedForwardSize must be positive");
    }

    /** A student by its sizes; a null size is that of the preset. */
    public StudentConfig(
            StudentPreset preset,
            Integer hiddenSize,
            Integer layers,
            Integer heads,
            Integer keyValueHeads,
            Integer feedForwardSize,
            Boolean tiedEmbeddings,
            Double ropeTheta) {
        this(
                preset,
                hiddenSize,
                layers,
                heads,
                keyValueHeads,
                feedForwardSize,
                tiedEmbeddings,
                ropeTheta,
                null,
                null,
                null);
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

    /** A student that starts from the model in a folder. */
    public static StudentConfig from(String folder) {
        return new StudentConfig(null, null, null, null, null, null, null, null, null, null, folder);
    }

    /** The same form with random weights in another family. */
    public StudentConfig withFamily(String other) {
        return new StudentConfig(
                preset,
                hiddenSize,
                layers,
                heads,
                keyValueHeads,
                feedForwardSize,
                tiedEmbeddings,
                ropeTheta,
                headSize,
                other,
                from);
    }

    /**
     * The model of this shape. That of a start is read from its folder.
     *
     * @param vocabularySize size of the vocabulary; the model of a start keeps its own
     * @param contextLength longest context it is trained on
     * @param endOfText id of the end-of-text token
     */
    public ModelConfig model(int vocabularySize, int contextLength, int endOfText) {
        if (from != null) {
            return started(StudentStart.config(from), contextLength, endOfText);
        }
        int head = headSize == null ? hiddenSize / heads : headSize;
        ModelConfig llama = new ModelConfig(
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                head,
                contextLength,
                1e-6,
                RopeConfig.plain(ropeTheta),
                tiedEmbeddings,
                false,
                false,
                endOfText);
        return family == null ? llama : HuggingFaceConfig.ofFamily(llama, ModelFamilies.of(family));
    }

    /** The model of a start as a student: with a context at least as long as that of the training. */
    static ModelConfig started(ModelConfig start, int contextLength, int endOfText) {
        return ContextLimit.trainedOn(start, contextLength).withEndOfText(endOfText);
    }
}
