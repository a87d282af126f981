package io.logitstream.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

class PageOptionTest {
    @CommandLine.Command
    static final class WithPage {
        @Mixin
        private PageOption page;

        @Parameters
        private List<String> names = List.of();
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "--page plan|0|[plan]",
                "--page 8400 plan|8400|[plan]",
                "--page=8400 plan|8400|[plan]",
                "plan --page|0|[plan]",
                "plan|null|[plan]"
            },
            delimiter = '|',
            nullValues = "null")
    void whatFollowsIsThePortOnlyIfItIsANumber(String line, Integer port, String names) {
        WithPage command = new WithPage();

        new CommandLine(command).parseArgs(line.split(" "));

        assertThat(command.page.port()).isEqualTo(port);
        assertThat(command.names).hasToString(names);
    }
}
