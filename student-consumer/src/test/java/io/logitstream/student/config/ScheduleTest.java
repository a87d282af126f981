package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.student.training.TrainingPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("EnumOrdinal") // All kinds in turn.
class ScheduleTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource({
        "WSD,         0.1, 0.2, 0,    0",
        "WSD,         0.1, 0.2, 0.05, 0.5",
        "WSD,         0.1, 0.2, 0.1,  1",
        "WSD,         0.1, 0.2, 0.8,  1",
        "WSD,         0.1, 0.2, 0.9,  0.5",
        "WSD,         0.1, 0.2, 1,    0",
        "WSD,         0,   0.2, 0,    1",
        "WSD,         0.1, 0,   1,    1",
        "WSD,         1,   0,   1,    1",
        "WSD,         0.5, 0.5, 0.5,  1",
        "COSINE,      0.2,    , 0.1,  0.5",
        "COSINE,      0.2,    , 0.2,  1",
        "COSINE,      0.2,    , 0.6,  0.55",
        "COSINE,      0.2,    , 1,    0.1",
        "COSINE,      0,      , 0,    1",
        "COSINE,      1,      , 1,    1",
        "CONSTANT,    0.5,    , 0.25, 0.5",
        "CONSTANT,    0.5,    , 0.5,  1",
        "CONSTANT,    0,      , 0,    1",
        "CONSTANT,    0,      , 1,    1",
        "LINEAR_UP,   0,      , 0.25, 0.25",
        "LINEAR_UP,   0,      , 1,    1",
        "LINEAR_DOWN, 0,      , 0.25, 0.75",
        "LINEAR_DOWN, 0.5,    , 0.75, 0.5",
        "LINEAR_DOWN, 0,      , 1,    0",
        "PERIODIC,    0,      , 0,    0",
        "PERIODIC,    0,      , 0.125,1",
        "PERIODIC,    0,      , 0.25, 0",
        "PERIODIC,    0,      , 0.3125, 0.5",
        "PERIODIC,    0,      , 1,    0"
    })
    void theFactorIsTheDocumentedOne(
            ScheduleConfig.Kind kind, double warmup, Double decay, double progress, double factor) {
        ScheduleConfig schedule = learningRate(new ScheduleConfig(kind, warmup, decay, null, null));

        assertThat(schedule.at(progress)).isCloseTo(factor, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"WSD,1,0.3", "COSINE,1,0.3", "LINEAR_DOWN,1,0.3", "LINEAR_UP,0,0.3", "PERIODIC,0.5,0.3", "CONSTANT,1,1"
    })
    void theFloorIsWhereItEndsOrBegins(ScheduleConfig.Kind kind, double progress, double factor) {
        Double decay = kind == ScheduleConfig.Kind.WSD ? 0.5 : null;

        assertThat(learningRate(new ScheduleConfig(kind, 0.0, decay, 0.3, 2)).at(progress))
                .isCloseTo(factor, within(1e-12));
    }

    /** src/test/python/make_schedule_fixture.py writes what the Python package is held to as well. */
    @Test
    void learningRatesAndAlphasAreThoseOfTheFormulas() throws Exception {
        for (JsonNode expected :
                JSON.readTree(Path.of("src/test/resources/schedules.json").toFile())) {
            ScheduleConfig given = JSON.treeToValue(expected.get("schedule"), ScheduleConfig.class);
            ScheduleConfig rate = ScheduleConfig.orDefaults(given, "training.schedule", ScheduleConfig.Kind.WSD, 0.2);
            for (int i = 0; i < expected.get("progress").size(); i++) {
                double progress = expected.get("progress").get(i).asDouble();

                assertThat(rate.at(progress))
                        .as(given + " at " + progress)
                        .isCloseTo(expected.get("learningRate").get(i).asDouble(), within(1e-12));
                for (String of : List.of("kd", "lm")) {
                    LossConfig loss = Losses.of("alpha", 0.9, "alphaSchedule", given, "scheduleOf", of);
                    assertThat(loss.alphaAt(progress))
                            .as(given + " of " + of + " at " + progress)
                            .isCloseTo(expected.get("alpha").get(of).get(i).asDouble(), within(1e-12));
                }
            }
        }
    }

    @Test
    void factorsAreInRangeAndWithoutJumps() {
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            ScheduleConfig.Kind kind = ScheduleConfig.Kind.values()[i % ScheduleConfig.Kind.values().length];
            double warmup = random.nextInt(4) == 0 ? 0 : 0.05 + 0.4 * random.nextDouble();
            Double decay =
                    kind != ScheduleConfig.Kind.WSD || random.nextInt(4) == 0 ? null : 0.05 + 0.4 * random.nextDouble();
            ScheduleConfig schedule = learningRate(new ScheduleConfig(kind, warmup, decay, random.nextDouble(), 3));
            double before = schedule.at(0);
            for (double progress = 0; progress <= 1; progress += 1e-3) {
                double factor = schedule.at(progress);

                assertThat(factor).as(schedule + " at " + progress).isBetween(0.0, 1.0);
                // The steepest slope is that of a warmup or a cosine over a twentieth of the run.
                assertThat(Math.abs(factor - before))
                        .as(schedule + " at " + progress)
                        .isLessThan(1e-3 * 20 * Math.PI / 2);
                before = factor;
            }
        }
    }

    @Test
    void aKindAloneIsASchedule() throws Exception {
        ScheduleConfig cosine = JSON.readValue("\"cosine\"", ScheduleConfig.class);
        ScheduleConfig map = JSON.readValue("{\"kind\":\"linear-down\",\"floor\":0.2}", ScheduleConfig.class);

        assertThat(cosine).isEqualTo(ScheduleConfig.of(ScheduleConfig.Kind.COSINE));
        assertThat(map).isEqualTo(new ScheduleConfig(ScheduleConfig.Kind.LINEAR_DOWN, null, null, 0.2, null));
        assertThat(JSON.readValue(JSON.writeValueAsString(learningRate(map)), ScheduleConfig.class))
                .isEqualTo(learningRate(map));
    }

    @Test
    void anUnknownKindIsRefusedWithThoseThatExist() {
        assertThatThrownBy(() -> JSON.readValue("{\"schedule\":\"linear\"}", TrainingConfig.class))
                .hasMessageContainingAll("linear", "wsd", "cosine", "constant", "linear-up", "linear-down", "periodic");
    }

    @Test
    void defaultsDependOnWhereItStands() {
        assertThat(TrainingConfig.defaults().schedule())
                .isEqualTo(new ScheduleConfig(ScheduleConfig.Kind.WSD, 0.1, 0.2, 0.0, 4));
        assertThat(LossConfig.defaults().alphaSchedule())
                .isEqualTo(new ScheduleConfig(ScheduleConfig.Kind.CONSTANT, 0.0, 0.0, 0.0, 4));
        assertThat(Losses.of("alphaSchedule", "wsd").alphaSchedule())
                .isEqualTo(new ScheduleConfig(ScheduleConfig.Kind.WSD, 0.1, 0.01, 0.0, 4));
    }

    @Test
    void aScheduleOfTheTextsWeightLeavesTheRestToTheDistillation() throws Exception {
        LossConfig text = Losses.of("alpha", 0.1, "alphaSchedule", "wsd", "scheduleOf", "lm");

        assertThat(text.alphaAt(0)).isEqualTo(1);
        assertThat(text.alphaAt(0.05)).isCloseTo(1 - 0.9 * 0.5, within(1e-12));
        assertThat(text.alphaAt(0.5)).isCloseTo(0.1, within(1e-12));
        assertThat(text.alphaAt(1)).isCloseTo(1, within(1e-12));
        assertThat(TrainingPlan.alpha(text).applyAsDouble(0.05)).isEqualTo(text.alphaAt(0.05));
        assertThat(Losses.of("alpha", 0.4, "alphaSchedule", "linear-up").alphaAt(0.5))
                .isCloseTo(0.2, within(1e-12));
    }

    @Test
    void theDefaultOfWhatIsScheduledLeavesNoTraceInTheSettings() throws Exception {
        assertThat(Losses.of("alpha", 0, "scheduleOf", "lm").alphaAt(0)).isZero();
        assertThat(Losses.of("scheduleOf", "kd")).isEqualTo(LossConfig.defaults());
        assertThat(JSON.writeValueAsString(LossConfig.defaults())).doesNotContain("scheduleOf");
        assertThat(JSON.writeValueAsString(Losses.of("scheduleOf", "lm"))).contains("\"scheduleOf\":\"lm\"");
    }

    private static ScheduleConfig learningRate(ScheduleConfig config) {
        return ScheduleConfig.orDefaults(config, "training.schedule", ScheduleConfig.Kind.WSD, 0.0);
    }
}
