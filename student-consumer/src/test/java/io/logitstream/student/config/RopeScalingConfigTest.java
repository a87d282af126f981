package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeScaling;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.training.TrainingStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RopeScalingConfigTest {
    private static final Path FAMILIES = Path.of("../language-model/src/test/resources/families");
    private static final ObjectMapper JSON = new ObjectMapper();

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    /** The configurations were written by transformers, and their logits are computed by it. */
    @ParameterizedTest
    @ValueSource(strings = {"linear", "dynamic-4", "llama3-4", "yarn", "yarn-all-keys", "phi3-longrope"})
    void theSettingsOfAConfigJsonAreThoseOfAStudent(String name) throws IOException {
        JsonNode file =
                JSON.readTree(FAMILIES.resolve(name).resolve("config.json").toFile());
        JsonNode parameters = file.has("rope_parameters") ? file.get("rope_parameters") : file.get("rope_scaling");
        ModelConfig teacher = LanguageModels.config(FAMILIES.resolve(name));
        ObjectNode scaling = parameters.deepCopy();
        scaling.remove(List.of("rope_theta", "partial_rotary_factor", "mscale", "mscale_all_dim"));
        if (teacher.rope().scaling() instanceof RopeScaling.Dynamic) {
            scaling.put("originalPositions", teacher.maxPositions());
        } else if (file.has("original_max_position_embeddings")) {
            scaling.set("original_max_position_embeddings", file.get("original_max_position_embeddings"));
        }
        if (parameters.has("mscale") || teacher.rope().scaling() instanceof RopeScaling.LongRope) {
            scaling.put("attention_factor", teacher.rope().scaling().amplitude());
        }

        StudentConfig student = JSON.readValue(
                "{\"headSize\":" + teacher.headSize() + ",\"ropeTheta\":"
                        + teacher.rope().theta() + ",\"ropeScaling\":" + scaling + "}",
                StudentConfig.class);

        assertThat(student.model(50, teacher.maxPositions(), 0).rope().scaling())
                .isEqualTo(teacher.rope().scaling());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'linear','factor':2}",
                "{'type':'dynamic','factor':2,'originalPositions':16}",
                "{'type':'llama3','originalPositions':16}",
                "{'type':'yarn','originalPositions':16}",
                "{'type':'longrope','originalPositions':16,'shortFactors':[1,1,1,1],'longFactors':[1,1.5,2,4]}"
            })
    void anExportedStudentTellsPositionsApartAsTheTrainedOneDid(String scaling, @TempDir Path exported)
            throws IOException {
        int contextLength = 48;
        StudentConfig shape = JSON.readValue(
                ("{'hiddenSize':32,'layers':2,'heads':4,'keyValueHeads':2,'feedForwardSize':48,'ropeScaling':" + scaling
                                + "}")
                        .replace('\'', '"'),
                StudentConfig.class);
        Torch.start(1);
        Torch.recordGradients(true);
        try (LanguageModel student = LanguageModels.create(shape.model(50, contextLength, 0), 1, "cpu");
                AdamW optimizer = new AdamW(student, TrainingConfig.defaults().optimizer());
                TrainingStep step = new TrainingStep(student, optimizer, LossConfig.defaults());
                NDManager scope = student.newScope()) {
            var batch = SampleBatches.random(2, contextLength + 1, 50, 5, 1);
            double first = step.apply(List.of(batch), 0, 1e-2).lm();
            double last = first;
            for (int i = 0; i < 20; i++) {
                last = step.apply(List.of(batch), 0, 1e-2).lm();
            }
            assertThat(last).isLessThan(first - 0.1);
            Torch.recordGradients(false);
            LanguageModels.save(student, exported, DataType.FLOAT32);
            NDArray ids_BT = scope.create(new int[][] {Arrays.copyOf(batch.tokens(), contextLength)});

            assertThat(LanguageModels.config(exported)).isEqualTo(student.config());
            try (LanguageModel read = LanguageModels.load(exported, "cpu")) {
                assertThat(read.logits(ids_BT).toFloatArray())
                        .isEqualTo(student.logits(ids_BT).toFloatArray());
            }
        }
    }

    @Test
    void aSecondStageStretchesTheContextOfItsStart() throws JsonProcessingException {
        String start = FAMILIES.resolve("../checkpoints/llama").toString();
        int before = LanguageModels.config(Path.of(start)).maxPositions();
        StudentConfig student = JSON.readValue(
                "{\"from\":\"" + start + "\",\"ropeTheta\":500000,\"ropeScaling\":{\"type\":\"yarn\"}}",
                StudentConfig.class);

        ModelConfig model = student.model(50, 4 * before, 7);

        assertThat(model.maxPositions()).isEqualTo(4 * before);
        assertThat(model.rope().theta()).isEqualTo(5e5);
        assertThat(model.rope().scaling())
                .isEqualTo(new RopeScaling.Yarn(4, 32, 1, before, true, RopeScaling.Yarn.amplitude(4, 1)));
        assertThat(student.model(50, before / 2, 7).maxPositions()).isEqualTo(before);
        assertThat(JSON.readValue(
                                "{\"from\":\"" + start + "\",\"ropeScaling\":{\"type\":\"none\"}}", StudentConfig.class)
                        .model(50, before, 7)
                        .rope()
                        .scaling())
                .isEqualTo(new RopeScaling.None());
    }

    @Test
    void aThirdStageIsStretchedFromTheFirstContext() throws JsonProcessingException {
        String start = FAMILIES.resolve("yarn").toString();
        ModelConfig yarn = LanguageModels.config(Path.of(start));
        int original = ((RopeScaling.Yarn) yarn.rope().scaling()).originalPositions();
        StudentConfig student =
                JSON.readValue("{\"from\":\"" + start + "\",\"ropeScaling\":{\"type\":\"yarn\"}}", StudentConfig.class);

        RopeScaling scaling = student.model(50, 16 * original, 7).rope().scaling();

        assertThat(((RopeScaling.Yarn) scaling).originalPositions()).isEqualTo(original);
        assertThat(((RopeScaling.Yarn) scaling).factor()).isCloseTo(16, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linear   | {'type':'linear'}",
                "llama3   | {'type':'llama3'}",
                "yarn     | {'type':'yarn'}",
                "longrope | {'type':'longrope','shortFactors':[FACTORS],'longFactors':[FACTORS]}",
                "dynamic  | {'type':'dynamic','factor':4}"
            })
    void threeStagesStretchTheContextOfTheFirst(String type, String scaling, @TempDir Path exported)
            throws IOException {
        Path start = FAMILIES.resolve("../checkpoints/llama");
        ModelConfig first = LanguageModels.config(start);
        int before = first.maxPositions();
        int wavelengths = first.rope().size(first.headSize()) / 2;
        String json = scaling.replace('\'', '"')
                .replace("FACTORS", String.join(",", Collections.nCopies(wavelengths, "1.5")));

        ModelConfig second = started(start, json).model(50, 4 * before, 7);
        try (LanguageModel model = LanguageModels.create(second, 1, "cpu")) {
            LanguageModels.save(model, exported, DataType.FLOAT32);
        }
        ModelConfig third = started(exported, json).model(50, 16 * before, 7);

        assertThat(third.rope().scaling())
                .isEqualTo(started(start, json).model(50, 16 * before, 7).rope().scaling());
        if (type.equals("linear")) {
            assertThat(second.rope().scaling()).isEqualTo(new RopeScaling.Linear(4));
            assertThat(third.rope().scaling()).isEqualTo(new RopeScaling.Linear(16));
        }
    }

    private static StudentConfig started(Path start, String scaling) throws JsonProcessingException {
        return JSON.readValue("{\"from\":\"" + start + "\",\"ropeScaling\":" + scaling + "}", StudentConfig.class);
    }

    @Test
    void theRunOfAStartWithAnotherRotaryEmbeddingIsAnotherRun() throws JsonProcessingException {
        String start = FAMILIES.resolve("yarn").toString();
        StudentConfig plain = StudentConfig.from(start);
        StudentConfig scaled = JSON.readValue(
                "{\"from\":\"" + start + "\",\"ropeScaling\":{\"type\":\"linear\",\"factor\":2}}", StudentConfig.class);

        assertThat(StudentStart.identity(scaled, null)).isNotEqualTo(StudentStart.identity(plain, null));
        assertThat(keys(StudentStart.identity(plain, null))).containsExactly("from", "config", "folder");
        assertThat(keys(StudentStart.identity(scaled, null)))
                .containsExactly("from", "config", "folder", "ropeScaling");
    }

    private static List<String> keys(JsonNode tree) {
        return StreamSupport.stream(((Iterable<String>) tree::fieldNames).spliterator(), false)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                     | student.ropeScaling.type is missing",
                "{'type':'linear','factor':0}           | student.ropeScaling.factor 0.0 is not a positive number",
                "{'type':'linear','betaFast':3}         | student.ropeScaling.betaFast is not a setting of type linear",
                "{'type':'dynamic','originalPositions':8} | student.ropeScaling.factor is required for type dynamic",
                "{'type':'yarn','originalPositions':-8} | student.ropeScaling.originalPositions -8 is not",
                "{'type':'longrope','shortFactors':[1]} | must be lists of the same number of positive numbers",
                "{'type':'longrope','shortFactors':[1,-1],'longFactors':[1,1]} | positive numbers"
            })
    void aScalingThatMakesNoSenseIsRefused(String scaling, String why) {
        assertThatThrownBy(() -> JSON.readValue(scaling.replace('\'', '"'), RopeScalingConfig.class))
                .rootCause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatTheModelMustKnowIsRefusedWithIt() throws JsonProcessingException {
        StudentConfig unknown = JSON.readValue("{\"ropeScaling\":{\"type\":\"yarn\"}}", StudentConfig.class);
        StudentConfig short_ = JSON.readValue(
                "{\"ropeScaling\":{\"type\":\"longrope\",\"originalPositions\":8,\"shortFactors\":[1],\"longFactors\":[2]}}",
                StudentConfig.class);

        assertThatThrownBy(() -> unknown.model(50, 64, 0))
                .hasMessageContaining("student.ropeScaling.originalPositions is required without student.from");
        assertThatThrownBy(() -> short_.model(50, 64, 0)).hasMessageContaining("must have 16 factors");
    }
}
