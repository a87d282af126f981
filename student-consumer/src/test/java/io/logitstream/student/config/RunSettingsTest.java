package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunSettingsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void settingsSurviveTheirWayThroughAFile() throws Exception {
        JsonNode now = JSON.createObjectNode()
                .put("topic", "logits")
                .put("missing", (String) null)
                .set("training", JSON.valueToTree(TrainingConfig.defaults().withTokens(1L << 40)));

        JsonNode saved = JSON.readTree(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(now));

        assertThatCode(() -> RunSettings.requireSame(now, saved, "checkpoint")).doesNotThrowAnyException();
        assertThat(RunSettings.same(now, saved)).isTrue();
    }

    @Test
    void everyKeyThatDiffersIsNamedWithBothValues() throws Exception {
        JsonNode saved = JSON.readTree("{\"topic\":\"a\",\"loss\":{\"alpha\":0.9,\"temperature\":1.0},\"seed\":1}");
        JsonNode now = JSON.readTree("{\"topic\":\"b\",\"loss\":{\"alpha\":0.5,\"temperature\":1.0},\"seed\":1}");

        assertThatThrownBy(() -> RunSettings.requireSame(now, saved, "checkpoint /out/step-5"))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("checkpoint /out/step-5 ")
                .hasMessageContainingAll("topic was a and is now b", "loss.alpha was 0.9 and is now 0.5")
                .hasMessageNotContainingAny("temperature", "seed", "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'loss':{'temperature':2.0,'tail':'bucket'}} | {'loss':{'temperature':1.0,'tail':'none'}} | true",
                "{'loss':{'temperature':2.0},'topic':'b'}     | {'loss':{'temperature':1.0},'topic':'a'}   | false",
                "{'loss':{'temperature':2.0}}                 | {'loss':{}}                                | false",
                "{'loss':{'routing':{'above':1}}}             | {'loss':{'routing':null}}                  | false"
            })
    void theFormerValuesAreNamedAsOptionsWhereTheySuffice(String now, String saved, boolean suffice) throws Exception {
        JsonNode nowJson = JSON.readTree(now.replace('\'', '"'));
        JsonNode savedJson = JSON.readTree(saved.replace('\'', '"'));

        assertThatThrownBy(() -> RunSettings.requireSame(nowJson, savedJson, "folder"))
                .hasMessageEndingWith(
                        suffice
                                ? "; continue it with --set loss.temperature=1.0 --set loss.tail=none, choose another"
                                        + " output folder, or remove this one"
                                : "; choose another output folder, or remove this one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":{\"b\":1}}     | {}               | a.b was null and is now 1",
                "{}                    | {\"a\":{\"b\":1}} | a was {\"b\":1} and is now null",
                "{\"a\":{}}            | {\"a\":{\"b\":1}} | a.b was 1 and is now null",
                "{\"a\":null}          | {\"a\":{\"b\":1}} | a was {\"b\":1} and is now null",
                "{\"a\":[1,2]}         | {\"a\":[1]}      | a was [1] and is now [1,2]",
                "{\"a\":true}          | {\"a\":null}     | a was null and is now true"
            })
    void keysThatOnlyOneSideHasAreNamedToo(String now, String saved, String difference) throws Exception {
        JsonNode nowJson = JSON.readTree(now);
        JsonNode savedJson = JSON.readTree(saved);

        assertThatThrownBy(() -> RunSettings.requireSame(nowJson, savedJson, "folder"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(difference);
        assertThat(RunSettings.same(nowJson, savedJson)).isFalse();
    }
}
