package io.logitstream.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.pipeline.config.LogitstreamConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Flags win over --set, and --set over the file: for every option of every command, as picocli knows them. */
class PrecedenceTest {
    /** Options that are no setting. A new option must be here, or have a {@link Setting}. */
    private static final Set<String> WITHOUT_SETTING = Set.of(
            "--help",
            "--version",
            "--set",
            "--config",
            "--stacktrace",
            "--bootstrap-server",
            "--schema-registry",
            "--command-config",
            "--out",
            "--json",
            "--dry-run",
            "distill --replay",
            "explore --plan",
            "explore --show",
            "scaling --parameters",
            "scaling --tokens",
            // Their settings depend on other options, so the command makes them.
            "produce --topic",
            "produce --held-out",
            "produce --watch",
            "teach --state",
            "teach --forever",
            "teach --retry-dead-letters",
            "teach --skip-deleted",
            "teach --mirrored",
            "train --topic",
            "train --group",
            "train --student",
            "train --export",
            "pretrain --emit-logits",
            "announce --teacher",
            "announce --id",
            "announce --step",
            "inspect --topic",
            "inspect --partition",
            "inspect --from",
            "inspect --to",
            "tokenizer --vocabulary",
            "logits --model",
            "logits --ids",
            "generate --model",
            "generate --prompt",
            "generate --prompt-file",
            "generate --max-tokens",
            "generate --temperature",
            "generate --top-p",
            "generate --top-k",
            "generate --seed",
            "generate --device",
            "status --student",
            "status --seconds",
            "monitor --interval");

    private record Flag(String command, OptionSpec option, Setting setting) {
        @Override
        public String toString() {
            return command + " " + option.longestName();
        }
    }

    @TempDir
    private Path folder;

    static Stream<Flag> flags() {
        return commands()
                .flatMap(command -> command.options().stream()
                        .filter(option -> SettingFlags.setting(option) != null)
                        .map(option -> new Flag(command.name(), option, SettingFlags.setting(option))));
    }

    @Test
    void everyOptionIsASettingOrKnownToBeNone() {
        List<String> undecided = commands()
                .flatMap(command -> command.options().stream()
                        .filter(option ->
                                SettingFlags.setting(option) == null && !WITHOUT_SETTING.contains(option.longestName()))
                        .map(option -> command.name() + " " + option.longestName()))
                .filter(name -> !WITHOUT_SETTING.contains(name))
                .toList();

        assertThat(undecided).isEmpty();
        assertThat(flags()).hasSizeGreaterThan(20);
    }

    @ParameterizedTest
    @MethodSource("flags")
    void aFlagWinsOverSetAndSetOverTheFile(Flag flag) throws IOException {
        List<String> values = Number.class.isAssignableFrom(flag.option.type())
                ? flag.option.type() == Double.class ? List.of("0.25", "0.5", "0.75") : List.of("5", "6", "7")
                : List.of("file", "set", "given");
        String set = values.get(1);
        String given = values.get(2);
        boolean map = flag.option.isMultiValue();
        String key = flag.setting.value() + (map ? ".piqa" : "");
        Path file = Files.writeString(
                folder.resolve("file.yaml"),
                "{\"" + key.replace(".", "\": {\"") + "\": " + values.get(0) + "}".repeat(key.split("\\.").length));
        List<String> line = new ArrayList<>(required(flag));
        line.addAll(List.of("--set", key + "=" + set));
        if (flag.setting.ofStudents()) {
            line.addAll(List.of(
                    "--set",
                    "students={own: {" + key.replace(".", ": {") + ": " + set
                            + "}".repeat(key.split("\\.").length + 1)));
        }
        if (!flag.command.equals("explore")) {
            line.addAll(List.of("--config", file.toString()));
        }

        assertThat(load(flag, line).at(pointer(key)).asText()).as("--set").isEqualTo(set);
        line.addAll(List.of(flag.option.longestName(), (map ? "piqa=" : "") + given));
        JsonNode config = load(flag, line);

        assertThat(config.at(pointer(key)).asText()).isEqualTo(given);
        if (flag.setting.ofStudents()) {
            assertThat(config.at("/students/own" + pointer(key)).asText())
                    .as("a student's own")
                    .isEqualTo(given);
        }
    }

    @Test
    void theBaselineIsTrainedWithTheAlphaOfTheFlag() {
        JsonNode config = load(new Flag("train", null, null), List.of("train", "--student", "lm", "--alpha", "0.5"));

        assertThat(config.at("/students/lm/loss/alpha").asDouble()).isEqualTo(0.5);
        assertThat(load(new Flag("train", null, null), List.of("train", "--student", "lm"))
                        .at("/students/lm/loss/alpha")
                        .asDouble())
                .isZero();
    }

    @Test
    void theClustersOwnPortsAreBelowTheConfiguration() throws IOException {
        Path file = Files.writeString(folder.resolve("file.yaml"), "cluster: {registryPort: 70001}");

        // Ports that cannot be are named, so that no cluster is started.
        CliCall.run(
                        "cluster",
                        "--config",
                        file.toString(),
                        "--out",
                        folder.resolve("out").toString())
                .requireFailure(2, "registryPort", "70001");
        CliCall.run(
                        "cluster",
                        "--set",
                        "cluster.brokerPort=70002",
                        "--out",
                        folder.resolve("out").toString())
                .requireFailure(2, "brokerPort", "70002");
        CliCall.run(
                        "cluster",
                        "--set",
                        "cluster.brokerPort=70002",
                        "--port",
                        "70003",
                        "--out",
                        folder.resolve("out").toString())
                .requireFailure(2, "brokerPort", "70003");
    }

    private static Stream<CommandSpec> commands() {
        return new CommandLine(new Logitstream())
                .getSubcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .filter(command -> !command.name().equals("help")
                                && !command.name().equals("generate-completion"));
    }

    private static List<String> required(Flag flag) {
        List<String> line = new ArrayList<>(List.of(flag.command));
        CommandSpec command = flag.option.command();
        for (OptionSpec option : command.options()) {
            if (option.required()) {
                line.addAll(List.of(option.longestName(), "x"));
            }
        }
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            line.add("x");
        }
        return line;
    }

    private static JsonNode load(Flag flag, List<String> line) {
        CommandLine root = new CommandLine(new Logitstream());
        CommandSpec command = root.getSubcommands().get(flag.command).getCommandSpec();
        root.parseArgs(line.toArray(String[]::new));
        LogitstreamConfig config = command.mixins().values().stream()
                .map(CommandSpec::userObject)
                .filter(SettingsOptions.class::isInstance)
                .map(SettingsOptions.class::cast)
                .findFirst()
                .orElseThrow()
                .load();
        return new ObjectMapper().valueToTree(config);
    }

    private static String pointer(String key) {
        return "/" + String.join("/", Arrays.asList(key.split("\\.")));
    }
}
