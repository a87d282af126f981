package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void nothingSetIsTheDocumentedDefault() throws Exception {
        assertThat(JSON.readValue("{}", TrainingConfig.class))
                .isEqualTo(new TrainingConfig(
                        null,
                        1,
                        1,
                        3e-3,
                        new ScheduleConfig(ScheduleConfig.Kind.WSD, 0.1, 0.2, 0.0, 4),
                        0.1,
                        0.9,
                        0.95,
                        1.0,
                        null,
                        false,
                        Precision.FLOAT32,
                        1L,
                        1,
                        null,
                        null,
                        100,
                        null,
                        2,
                        null,
                        null,
                        null,
                        null,
                        3));
        assertThat(JSON.readValue("{}", LossConfig.class))
                .isEqualTo(new LossConfig(
                        LossConfig.Kind.KLD,
                        0.9,
                        new ScheduleConfig(ScheduleConfig.Kind.CONSTANT, 0.0, 0.0, 0.0, 4),
                        null,
                        2.0,
                        AdaptiveTemperature.NONE,
                        false,
                        false,
                        LossConfig.Tail.RENORMALISE,
                        LossConfig.Normalise.FULL,
                        0.5,
                        0.1,
                        LossConfig.MseOn.PROBABILITIES,
                        null,
                        null,
                        null));
        assertThat(JSON.readValue("{}", StudentConfig.class))
                .isEqualTo(new StudentConfig(128, 3, 4, 2, 352, true, 1e4));
    }

    @ParameterizedTest
    @CsvSource({
        "tokens,0",
        "tokens,-5",
        "epochs,0",
        "batchesPerStep,0",
        "learningRate,-1",
        "learningRate,NaN",
        "learningRate,Infinity",
        "weightDecay,-0.1",
        "weightDecay,NaN",
        "beta1,1",
        "beta1,-0.5",
        "beta2,1.5",
        "beta2,NaN",
        "maxGradientNorm,0",
        "maxGradientNorm,NaN",
        "checkpointSteps,0",
        "keepCheckpoints,0",
        "keepEvery,0",
        "evaluateSteps,0",
        "exportSteps,0",
        "keepExports,0",
        "checkpointMinutes,0",
        "checkpointMinutes,NaN",
        "outlierDeviations,0",
        "shuffleWindow,0"
    })
    void anImpossibleTrainingValueIsRefusedByItsKey(String key, String value) {
        assertRefused("training.", key, value, TrainingConfig.class);
    }

    @ParameterizedTest
    @CsvSource({
        "alpha,-0.1",
        "alpha,1.1",
        "alpha,NaN",
        "temperature,0",
        "temperature,-1",
        "temperature,1001",
        "temperature,NaN",
        "beta,0",
        "beta,1",
        "skew,1",
        "skew,-0.1"
    })
    void anImpossibleLossValueIsRefusedByItsKey(String key, String value) {
        assertRefused("loss.", key, value, LossConfig.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'schedule':{'warmup':-0.1}}               | training.schedule.warmup",
                "{'schedule':{'warmup':1.1}}                | training.schedule.warmup",
                "{'schedule':{'decay':0.95}}                | training.schedule.decay",
                "{'schedule':{'kind':'cosine','decay':0.1}} | training.schedule.decay",
                "{'schedule':{'floor':2}}                   | training.schedule.floor",
                "{'schedule':{'periods':0}}                 | training.schedule.periods",
                "{'teacherSteps':{'from':5,'to':4}}         | training.teacherSteps",
                "{'teacherSteps':{'from':5}}                | training.tokens",
                "{'corpora':{'web':0.5}}                    | training.tokens",
                "{'tokens':9,'corpora':{'web':-1}}          | training.corpora.web",
                "{'tokens':9,'corpora':{'web':'NaN'}}       | training.corpora.web"
            })
    void anImpossibleScheduleOrRangeIsRefusedByItsKey(String settings, String key) {
        assertThatThrownBy(() -> JSON.readValue(settings.replace('\'', '"'), TrainingConfig.class))
                .rootCause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'tail':'none','temperature':2}                   | loss.temperature must be 1",
                "{'tail':'counts','adaptiveTemperature':'normkd'}  | loss.adaptiveTemperature none",
                "{'tail':'bucket','normalise':'support'}           | loss.normalise must be full",
                "{'tail':'counts','kind':'mse','mseOn':'logits'}   | loss.mseOn",
                "{'tail':'decoupled','normalise':'support'}        | loss.normalise must be full",
                "{'tail':'decoupled','temperatureSquared':true}    | loss.temperatureSquared must be false",
                "{'tail':'decoupled','adaptiveTemperature':'wttm'} | loss.adaptiveTemperature not wttm",
                "{'tail':'decoupled','kind':'mse','mseOn':'logits'} | loss.mseOn must be probabilities",
                "{'routing':{}}                                    | loss.routing has no bound",
                "{'routing':{'by':'entropy'}}                      | loss.routing has no bound",
                "{'routing':{'above':1,'aboveQuantile':0.5}}       | loss.routing.above and loss.routing.aboveQuantile",
                "{'routing':{'below':1,'belowQuantile':0.5}}       | loss.routing.below and loss.routing.belowQuantile",
                "{'routing':{'above':2,'below':1}}                 | loss.routing.above 2.0 is not below loss.routing.below",
                "{'routing':{'aboveQuantile':0.5,'belowQuantile':0.5}} | loss.routing.aboveQuantile 0.5 is not below",
                "{'routing':{'aboveQuantile':1}}                   | loss.routing.aboveQuantile 1.0 is not in [0, 1)",
                "{'routing':{'belowQuantile':0}}                   | loss.routing.belowQuantile 0.0 is not in (0, 1]",
                "{'routing':{'above':'NaN'}}                       | loss.routing.above NaN is not a finite number",
                "{'alphaSchedule':{'warmup':2}}                    | loss.alphaSchedule.warmup"
            })
    void aLossThatMakesNoSenseIsRefused(String settings, String why) {
        assertThatThrownBy(() -> JSON.readValue(settings.replace('\'', '"'), LossConfig.class))
                .rootCause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({
        "hiddenSize,0",
        "hiddenSize,-128",
        "hiddenSize,130",
        "hiddenSize,4",
        "layers,0",
        "heads,0",
        "heads,-4",
        "heads,5",
        "keyValueHeads,0",
        "keyValueHeads,3",
        "feedForwardSize,0",
        "ropeTheta,0",
        "ropeTheta,NaN",
        "ropeTheta,-10"
    })
    void anImpossibleShapeIsRefusedByItsKey(String key, String value) {
        assertRefused("student.", key, value, StudentConfig.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"schedule\":{\"warmup\":0,\"decay\":0}}",
                "{\"schedule\":{\"warmup\":0.3,\"decay\":0.7}}",
                "{\"tokens\":1,\"teacherSteps\":{\"from\":5,\"to\":5}}",
                "{\"weightDecay\":0}",
                "{\"beta1\":0,\"beta2\":0}"
            })
    void valuesAtTheirLimitsAreTaken(String settings) throws Exception {
        assertThat(JSON.readValue(settings, TrainingConfig.class)).isNotNull();
    }

    @Test
    void whatDoesNotMakeARunAnotherOneIsNotWritten() throws Exception {
        assertThat(JSON.valueToTree(JSON.readValue(
                                "{\"evaluateSteps\":5,\"exportSteps\":6,\"keepExports\":7}", TrainingConfig.class))
                        .toString())
                .isEqualTo(JSON.valueToTree(TrainingConfig.defaults()).toString())
                .doesNotContain("corpora", "evaluate", "xports");
    }

    @Test
    void teachersAreAListOrOneNameAndNeedALength() throws Exception {
        assertThat(JSON.readValue("{\"teachers\": \"any\"}", TrainingConfig.class)
                        .teachers())
                .containsExactly("any");
        assertThat(JSON.readValue("{\"teachers\": [\"a\", \"b\"], \"tokens\": 5}", TrainingConfig.class)
                        .teachers())
                .containsExactly("a", "b");
        assertThatThrownBy(() -> JSON.readValue("{\"teachers\": [\"a\"]}", TrainingConfig.class))
                .hasMessageContaining("set training.tokens too");
    }

    @Test
    void aStudentsModelHasItsShape() {
        var model = new StudentConfig(64, 2, 4, 2, 96, false, 5e5).model(500, 128, 7);

        assertThat(model.vocabularySize()).isEqualTo(500);
        assertThat(model.headSize()).isEqualTo(16);
        assertThat(model.maxPositions()).isEqualTo(128);
        assertThat(model.endOfText()).isEqualTo(7);
        assertThat(model.tiedEmbeddings()).isFalse();
        assertThat(model.rope().theta()).isEqualTo(5e5);
    }

    private static void assertRefused(String prefix, String key, String value, Class<?> type) {
        boolean number = value.matches("-?[0-9.]+");
        String json = "{\"" + key + "\":" + (number ? value : "\"" + value + "\"") + "}";
        assertThatThrownBy(() -> JSON.readValue(json, type))
                .rootCause()
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(prefix + key);
    }
}
