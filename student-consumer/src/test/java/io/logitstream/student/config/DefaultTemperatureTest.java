package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The default of {@code loss.temperature}. python/tests/test_losses.py has the same rows for its loss. */
class DefaultTemperatureTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                               | 2",
                "{'kind':'jsd','tail':'bucket'}                   | 2",
                "{'tail':'decoupled'}                             | 2",
                "{'tail':'none'}                                  | 1",
                "{'tail':'counts'}                                | 1",
                "{'adaptiveTemperature':'adakd-sd'}               | 1",
                "{'adaptiveTemperature':'wttm'}                   | 1",
                "{'temperature':1}                                | 1",
                "{'adaptiveTemperature':'normkd','temperature':2} | 2"
            })
    void itIsTwoWhereNothingElseSetsTheTemperature(String loss, double temperature) throws Exception {
        assertThat(JSON.readValue(loss.replace('\'', '"'), LossConfig.class).temperature())
                .isEqualTo(temperature);
    }
}
