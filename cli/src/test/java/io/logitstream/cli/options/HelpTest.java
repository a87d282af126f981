package io.logitstream.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.CliCall;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class HelpTest {
    private static final int TERMINAL = 80;

    static Stream<String> commands() {
        return Stream.concat(Stream.of(""), new CommandLine(new Logitstream()).getSubcommands().keySet().stream());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpFitsATerminalAndBreaksNoAddress(String command) {
        CliCall call = CliCall.run(command.isEmpty() ? new String[] {"--help"} : new String[] {"help", command})
                .requireSuccess();

        assertThat(call.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(TERMINAL));
        // An example goes on in the next line by a backslash alone.
        assertThat(call.out().lines().filter(line -> line.contains("http")))
                .allMatch(line -> line.contains("http://registry:8081 ") || line.contains("URL"));
        assertThat(call.err()).isEmpty();
    }

    @Test
    void defaultsAreShown() {
        for (CommandLine command :
                new CommandLine(new Logitstream()).getSubcommands().values()) {
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (option.defaultValue() != null
                        && !option.defaultValue().startsWith("${env:")
                        && option.group() == null
                        && !option.usageHelp()
                        && !option.versionHelp()
                        && !option.defaultValue().equals("false")) {
                    assertThat(String.join(" ", option.description()))
                            .as(command.getCommandName() + " " + option.longestName())
                            .contains(option.defaultValue());
                }
            }
        }
    }

    @Test
    void optionsThatACommandDoesNotUseAreNotShown() {
        assertThat(options("explore")).contains("--set", "--bootstrap-server").doesNotContain("--config");
        assertThat(options("tokenizer")).contains("--config").doesNotContain("--bootstrap-server", "--schema-registry");
        assertThat(options("cluster")).contains("--config").doesNotContain("--bootstrap-server", "--command-config");
    }

    @ParameterizedTest
    @CsvSource({"distil, distill", "tech, teach", "train --sed 1, --seed", "produce --held-aut, --held-out"})
    void aTypingErrorGetsASuggestion(String line, String meant) {
        CliCall.run(line.split(" ")).requireFailure(2, "did you mean", meant, "--help");
    }

    @Test
    void aValueOfTheWrongKindIsNamedWithoutClasses() {
        CliCall call = CliCall.run("train", "--seed", "abc");

        call.requireFailure(2, "--seed", "abc");
        assertThat(call.err()).doesNotContain("Exception", "java.");
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        CliCall call = CliCall.run("generate-completion").requireSuccess();

        assertThat(call.out())
                .startsWith("#!/usr/bin/env bash")
                .contains("complete -F _complete_logitstream", "--bootstrap-server", "distill");
    }

    private static List<String> options(String command) {
        return new CommandLine(new Logitstream())
                .getSubcommands().get(command).getCommandSpec().options().stream()
                        .map(OptionSpec::longestName)
                        .toList();
    }
}
