package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ContextLimit;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.config.RopeScaling;
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
 * @param ropeTheta base of the rotary embedding; by default 10000, or that of the start
 * @param headSize size of a head; null, the default, for hidden size / heads
 * @param family {@code model_type} of its form: {@code llama} by default, {@code mistral}, {@code qwen2}, {@code qwen3},
 *     {@code glm} or {@code glm4}
 * @param from Hugging Face folder whose weights, shape and family the student starts from, in place of all settings
 *     above except {@code ropeTheta}; null, the default, for random weights
 * @param ropeScaling scaling of the rotary embedding for longer contexts; by default none, or that of the start
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
        @JsonInclude(JsonInclude.Include.NON_NULL) String from,
        @JsonInclude(JsonInclude.Include.NON_NULL) RopeScalingConfig ropeScaling) {
    private static final String START = "from";

    /** Families of students with random weights. */
    private static final List<String> FAMILIES = List.of("llama", "mistral", "qwen2", "qwen3", "glm", "glm4");

    private static final String DEFAULT_FAMILY = "llama";

    /** Settings that are allowed beside a start: they change how positions are told apart, and no weight. */
    private static final List<String> OF_ANY_MODEL = List.of("ropeTheta", "ropeScaling");

    /**
     * Removes from settings of a student what its more specific settings exclude: sizes where these name a start, and a
     * start where they give sizes.
     *
     * @param settings settings of a student, which are changed
     * @param over more specific settings, to be merged over them
     */
    public static void makeRoom(ObjectNode settings, JsonNode over) {
        if (over.hasNonNull(START)) {
            settings.retain(OF_ANY_MODEL);
        } else if (over.properties().stream()
                .anyMatch(key -> !key.getKey().equals(START)
                        && !OF_ANY_MODEL.contains(key.getKey())
                        && !key.getValue().isNull())) {
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
                    family == null || FAMILIES.contains(family),
                    "student.family " + family + " is not one of " + String.join(", ", FAMILIES));
        }
        Checks.require(
                ropeTheta == null || ropeTheta > 0 && ropeTheta < Double.POSITIVE_INFINITY,
                "student.ropeTheta " + ropeTheta + " is not a positive number");
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
        return new StudentConfig(null, null, null, null, null, null, null, null, null, null, folder, null);
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
                from,
                ropeScaling);
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
        return random(vocabularySize, contextLength, endOfText);
    }

    private ModelConfig random(int vocabularySize, int contextLength, int endOfText) {
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
        ModelConfig model = family == null ? llama : HuggingFaceConfig.ofFamily(llama, ModelFamilies.of(family));
        return ropeScaling == null ? model : scaled(model, ropeScaling.scaling(null, contextLength));
    }

    /**
     * The model of a start as a student: with the rotary embedding of these settings, and a context at least as long as
     * that of the training.
     */
    ModelConfig started(ModelConfig start, int contextLength, int endOfText) {
        ModelConfig based =
                ropeTheta == null ? start : start.withRope(start.rope().withTheta(ropeTheta));
        ModelConfig scaled = ropeScaling == null ? based : scaled(based, ropeScaling.scaling(start, contextLength));
        return ContextLimit.trainedOn(scaled, contextLength).withEndOfText(endOfText);
    }

    // A dynamic scaling is computed from the longest context in config.json, as in transformers.
    private static ModelConfig scaled(ModelConfig model, RopeScaling scaling) {
        int wavelengths = model.rope().size(model.headSize()) / 2;
        Checks.require(
                !(scaling instanceof RopeScaling.LongRope longRope)
                        || longRope.shortFactors().size() == wavelengths,
                "student.ropeScaling.shortFactors and longFactors must have " + wavelengths + " factors, one for each"
                        + " wavelength of a head");
        ModelConfig scaled = model.withRope(model.rope().withScaling(scaling));
        return scaling instanceof RopeScaling.Dynamic dynamic
                ? scaled.withMaxPositions(dynamic.maxPositions())
                : scaled;
    }
}
