package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.StudentPreset;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingPlanTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int GLM4_VOCABULARY = 151_552;

    @ParameterizedTest
    @ValueSource(strings = {"laptop", "330M", "670M", "1.9B", "3.8B", "6.8B"})
    void aPresetHasAsManyParametersAsInTransformers(String preset) throws IOException {
        StudentConfig student = JSON.readValue("{\"preset\":\"" + preset + "\"}", StudentConfig.class);
        TrainingPlan plan = new TrainingPlan(student.model(GLM4_VOCABULARY, 4096, 0), 1, 4096, Precision.FLOAT32);

        try (InputStream in = TrainingPlanTest.class.getResourceAsStream("/preset-parameters.json")) {
            long expected = JSON.readTree(in).path(preset).asLong();
            assertThat(WeightShapes.parameters(plan.model())).isEqualTo(expected);
            assertThat(plan.parameters().values().stream()
                            .mapToLong(part -> part)
                            .sum())
                    .isEqualTo(expected);
        }
    }

    @Test
    void singleSizesWinOverThePreset() throws IOException {
        StudentConfig student =
                JSON.readValue("{\"preset\":\"670M\",\"tiedEmbeddings\":false,\"layers\":2}", StudentConfig.class);

        assertThat(student)
                .isEqualTo(new StudentConfig(StudentPreset.PAPER_670M, 1024, 2, 16, 2, 4096, false, 10000.0));
    }

    @Test
    void aPresetIsTheSameRunAsItsSizes() {
        JsonNode preset = JSON.valueToTree(StudentConfig.of(StudentPreset.PAPER_330M));
        JsonNode sizes = JSON.valueToTree(new StudentConfig(1024, 12, 16, 2, 4096, true, null));

        assertThat(preset).isEqualTo(sizes);
        assertThat(preset.has("preset")).isFalse();
    }

    @Test
    void partsAreCountedApart() {
        TrainingPlan plan = new TrainingPlan(
                new StudentConfig(8, 2, 2, 1, 12, false, null).model(50, 16, 0), 4, 16, Precision.FLOAT32);

        assertThat(plan.parameters())
                .containsEntry("embedding", 400L)
                .containsEntry("output head", 400L)
                .containsEntry("attention", 2 * (2 * 64L + 2 * 32))
                .containsEntry("feed-forward", 2 * 3 * 96L)
                .containsEntry("norms", 5 * 8L);
    }

    // Measured in PyTorch: distinct storages that autograd saves for this layer, its weights left out, by tokens and
    // layers; in bfloat16 with the casts of the weights, which are counted apart.
    @ParameterizedTest
    @CsvSource({
        "128,4,2,352,10776,FLOAT32,0",
        "256,8,4,688,21288,FLOAT32,0",
        "512,8,8,1376,42536,FLOAT32,0",
        "128,4,2,352,6424,BFLOAT16,368640",
        "256,8,4,688,12712,BFLOAT16,1449984",
        "512,8,8,1376,25384,BFLOAT16,6324224"
    })
    void activationsAreWhatAutogradSaves(
            int hidden, int heads, int groups, int inner, long measured, Precision precision, long measuredCasts) {
        ModelConfig one = new StudentConfig(hidden, 1, heads, groups, inner, true, null).model(50, 16, 0);
        ModelConfig three = new StudentConfig(hidden, 3, heads, groups, inner, true, null).model(50, 16, 0);

        long layers = layers(one, three, 16, precision);
        assertThat(layers - 4L * heads * attention(16, precision)).isEqualTo(2 * (measured * 2 * 16 + measuredCasts));
        assertThat(layers(one, three, 1_000, precision)).isEqualTo(2 * (measured * 2 * 1_000 + measuredCasts));
    }

    // Bytes per row and head beyond those that autograd saves: fused layers keep the probabilities of short contexts in
    // place of log-sum-exps.
    private static long attention(int positions, Precision precision) {
        return precision == Precision.FLOAT32 ? 4L * (positions - 1) * positions : 0;
    }

    private static long layers(ModelConfig one, ModelConfig three, int positions, Precision precision) {
        return new TrainingPlan(three, 2, positions, precision).activationBytes()
                - new TrainingPlan(one, 2, positions, precision).activationBytes();
    }

    @Test
    void probabilitiesAreKeptByBlocksOf64Queries() {
        ModelConfig model = new StudentConfig(128, 1, 4, 2, 352, true, null).model(50, 150, 0);
        long entries = 64 * 64 + 64 * 128 + 22 * 150;

        assertThat(new TrainingPlan(model, 3, 150, Precision.FLOAT32).activationBytes())
                .isEqualTo(150L * 3 * (10776 - 4 * 4 + 4 * 4 * 128) + 4 * 3 * 4 * entries);
        assertThat(new TrainingPlan(model, 3, 150, Precision.FLOAT32, Execution.QUEUED).activationBytes())
                .as("a GPU keeps none")
                .isEqualTo(150L * 3 * (10776 + 4 * 4 * 128));
    }

    @Test
    void operationsAreThoseOfTheFormula() {
        ModelConfig tied = new StudentConfig(8, 2, 2, 1, 12, true, null).model(50, 16, 0);
        ModelConfig untied = new StudentConfig(8, 2, 2, 1, 12, false, null).model(50, 16, 0);
        double expected = 6 * (400 + 2 * 192 + 576) + 12 * 2 * 8 * 16;

        for (ModelConfig model : new ModelConfig[] {tied, untied}) {
            assertThat(new TrainingPlan(model, 4, 16, Precision.FLOAT32).operationsPerToken())
                    .isCloseTo(expected, within(1e-9));
        }
    }
}
