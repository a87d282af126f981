package io.logitstream.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.Logitstream;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentTrainingConfig;
import io.logitstream.producers.corpus.source.WatchConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A command's own defaults, the file, --set and flags, each over the one before: for every option of every command. */
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
            // Their keys depend on other options, see CommandSettings.
            "produce --topic",
            "prune --topic",
            "produce --held-out",
            "produce --watch",
            "teach --state",
            "teach --forever",
            "teach --retry-dead-letters",
            "teach --skip-deleted",
            "teach --mirrored",
            "train --topic",
            "train --group",
            "train --archive",
            "train --held-out-archive",
            "train --student",
            "train --export",
            "pretrain --emit-logits",
            "announce --teacher",
            "announce --id",
            "announce --step",
            "archive --topic",
            "archive --partition",
            "archive --from",
            "archive --to",
            "archive --file-mib",
            "archive --verify",
            "restore --archive",
            "restore --topic",
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

    /** A flag, the key that it sets, and three values in the order of precedence: of the file, of --set, of the flag. */
    private record Flag(String command, String name, String key, boolean ofStudents, List<String> values) {
        static Flag of(CommandSpec command, OptionSpec option) {
            Setting setting = SettingFlags.setting(option);
            List<String> values = option.type() == Double.class
                    ? List.of("0.25", "0.5", "0.75")
                    : Number.class.isAssignableFrom(option.type())
                            ? List.of("5", "6", "7")
                            : List.of("file", "set", "given");
            return new Flag(
                    command.name(),
                    option.longestName(),
                    setting.value() + (option.isMultiValue() ? ".piqa" : ""),
                    setting.ofStudents(),
                    values);
        }

        List<String> given() {
            String value = values.get(2);
            List<String> arguments = new ArrayList<>(List.of(name.split(" ")));
            arguments.add(key.endsWith(".piqa") ? "piqa=" + value : value);
            return arguments;
        }

        @Override
        public String toString() {
            return command + " " + name;
        }
    }

    @TempDir
    private Path folder;

    static Stream<Flag> flags() {
        List<String> names = List.of("file", "set", "given");
        return Stream.concat(
                commands()
                        .flatMap(command -> command.options().stream()
                                .filter(option -> SettingFlags.setting(option) != null)
                                .map(option -> Flag.of(command, option))),
                Stream.of(
                        new Flag("produce", "--topic", "topics.tokens", false, names),
                        new Flag("produce", "--held-out --topic", "topics.heldOut", false, names)));
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
        requirePrecedence(flag, flag.key);
    }

    static Stream<Arguments> flagsOfStudents() {
        return flags().filter(flag -> flag.ofStudents)
                .flatMap(flag -> Stream.of("pd", "lm", "own").map(student -> Arguments.of(flag, student)));
    }

    @ParameterizedTest
    @MethodSource("flagsOfStudents")
    void aFlagWinsOverSetAndSetOverTheFileInTheOwnSettingsOfAStudent(Flag flag, String student) throws IOException {
        requirePrecedence(flag, "students." + student + "." + flag.key);
    }

    @ParameterizedTest
    @MethodSource("flagsOfStudents")
    void aStudentsOwnSettingWinsOverTheTopLevelButNotOverTheFlag(Flag flag, String student) throws IOException {
        String own = "students." + student + "." + flag.key;
        List<String> line = new ArrayList<>(required(flag.command));
        line.addAll(List.of("--config", file(own, flag.values.get(0))));
        line.addAll(List.of("--set", flag.key + "=" + flag.values.get(1)));

        assertThat(value(load(line), own)).isEqualTo(flag.values.get(0));
        line.addAll(flag.given());
        assertThat(value(load(line), own)).isEqualTo(flag.values.get(2));
    }

    @Test
    void trainTakesTheSettingsOfTheStudentThatIsNamed() throws IOException {
        List<String> line = List.of(
                "train",
                "--out",
                "x",
                "--config",
                file("students.small.student.layers", "2"),
                "--set",
                "students.small.training.epochs=3",
                "--student",
                "small",
                "--seed",
                "4");

        StudentTrainingConfig student = load(line).student("small");

        assertThat(student.student().layers()).isEqualTo(2);
        assertThat(student.training().epochs()).isEqualTo(3);
        assertThat(student.training().seed()).isEqualTo(4);
    }

    static Stream<String> commandsWithConfiguration() {
        return commands().filter(command -> options(command) != null).map(CommandSpec::name);
    }

    @ParameterizedTest
    @MethodSource("commandsWithConfiguration")
    void setWinsOverTheFileAndTheFileOverTheDefaultInEveryCommand(String command) throws IOException {
        String key = "training.learningRate";
        List<String> line = new ArrayList<>(required(command));

        assertThat(value(load(line), key)).isEqualTo("0.003");
        if (!command.equals("explore")) {
            line.addAll(List.of("--config", file(key, "0.25")));
            assertThat(value(load(line), key)).isEqualTo("0.25");
        }
        line.addAll(List.of("--set", key + "=0.5", "--set", key + "=0.75"));
        assertThat(value(load(line), key)).as("the last --set").isEqualTo("0.75");
    }

    @Test
    void theBaselineIsTrainedWithTheAlphaOfTheFlag() {
        LogitstreamConfig config = load(List.of("train", "--student", "lm", "--alpha", "0.5"));

        assertThat(config.student("lm").loss().alpha()).isEqualTo(0.5);
        assertThat(load(List.of("train", "--student", "lm"))
                        .student("lm")
                        .loss()
                        .alpha())
                .isZero();
    }

    @Test
    void theClustersOwnPortsAreBelowTheConfiguration() throws IOException {
        List<String> line = new ArrayList<>(List.of("cluster"));

        assertThat(load(line).cluster().brokerPort()).isEqualTo(9092);
        assertThat(load(line).cluster().registryPort()).isEqualTo(8081);
        line.addAll(List.of("--config", file("cluster.registryPort", "0")));
        assertThat(load(line).cluster().registryPort()).isZero();
        assertThat(load(line).cluster().brokerPort()).isEqualTo(9092);
        line.addAll(List.of("--set", "cluster.registryPort=5"));
        assertThat(load(line).cluster().registryPort()).isEqualTo(5);
        line.addAll(List.of("--registry-port", "6"));
        assertThat(load(line).cluster().registryPort()).isEqualTo(6);
        assertThat(load(List.of("distill")).cluster().brokerPort()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{stableSeconds: 2}"})
    void watchNeedsNoSettings(String configured) throws IOException {
        List<String> line =
                List.of("produce", "--watch", "--corpus", "texts", "--config", file("corpus.watch", configured));

        assertThat(load(line).corpus().watch()).isEqualTo(new WatchConfig(null, null, null));
        assertThat(load(line).heldOut().watch()).isEqualTo(new WatchConfig(null, null, null));
    }

    @Test
    void watchKeepsItsSettings() throws IOException {
        List<String> line = List.of(
                "produce", "--watch", "--corpus", "texts", "--config", file("corpus.watch", "{stableSeconds: 9}"));

        assertThat(load(line).corpus().watch().stableSeconds()).isEqualTo(9);
    }

    private void requirePrecedence(Flag flag, String key) throws IOException {
        List<String> line = new ArrayList<>(required(flag.command));
        if (!flag.command.equals("explore")) {
            line.addAll(List.of("--config", file(key, flag.values.get(0))));
            assertThat(value(load(line), key)).as("file").isEqualTo(flag.values.get(0));
        }
        line.addAll(List.of("--set", key + "=" + flag.values.get(1)));
        assertThat(value(load(line), key)).as("--set").isEqualTo(flag.values.get(1));
        line.addAll(flag.given());
        assertThat(value(load(line), key)).as("flag").isEqualTo(flag.values.get(2));
    }

    private String file(String key, String value) throws IOException {
        String yaml = "{" + key.replace(".", ": {") + ": " + value + "}".repeat(key.split("\\.").length);
        return Files.writeString(folder.resolve("file.yaml"), yaml).toString();
    }

    private static Stream<CommandSpec> commands() {
        return new CommandLine(new Logitstream())
                .getSubcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .filter(command -> !command.name().equals("help")
                                && !command.name().equals("generate-completion"));
    }

    private static List<String> required(String name) {
        List<String> line = new ArrayList<>(List.of(name));
        CommandSpec command =
                commands().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        for (OptionSpec option : command.options()) {
            if (option.required()) {
                line.addAll(List.of(option.longestName(), "x"));
            }
        }
        command.positionalParameters().forEach(parameter -> line.add("x"));
        return line;
    }

    private static LogitstreamConfig load(List<String> line) {
        CommandLine root = new CommandLine(new Logitstream());
        CommandSpec command = root.getSubcommands().get(line.get(0)).getCommandSpec();
        root.parseArgs(line.toArray(String[]::new));
        return options(command).load();
    }

    private static SettingsOptions options(CommandSpec command) {
        return command.mixins().values().stream()
                .map(CommandSpec::userObject)
                .filter(SettingsOptions.class::isInstance)
                .map(SettingsOptions.class::cast)
                .findFirst()
                .orElse(null);
    }

    private static String value(LogitstreamConfig config, String key) {
        JsonNode tree = new ObjectMapper().valueToTree(config);
        return tree.at("/" + key.replace('.', '/')).asText();
    }
}
