package io.logitstream.cli.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.Repository;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the documents tell a user to type is understood; {@code docs/test/run} runs it. */
class ReadmeIT {
    private static final Pattern YAML = Pattern.compile("(?ms)^ *```yaml\\n(.*?)^ *```");
    private static final Pattern COMMAND = Pattern.compile("(?:\\./)?logitstream +([^|;&>]*)");
    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|'[^']*'|\\S+");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("commands")
    void aCommandOfTheDocumentsIsUnderstood(String line) {
        Matcher command = COMMAND.matcher(line);
        assertThat(command.lookingAt()).isTrue();
        String[] arguments = words(command.group(1));

        // In running text a command may stand without the options that it requires.
        assertThatCode(() -> {
                    try {
                        new CommandLine(new Logitstream()).parseArgs(arguments);
                    } catch (CommandLine.MissingParameterException e) {
                        if (line.startsWith("./")) {
                            throw e;
                        }
                    }
                })
                .doesNotThrowAnyException();
        assertThat(new ConfigurationPrecedence().set(settings(arguments)).resolve())
                .isNotNull();
    }

    @Test
    void theReadmeShowsTheStages() throws IOException {
        List<String> shown = Documents.commands().stream()
                .filter(command -> command.place().startsWith("README.md:")
                        && command.text().startsWith("./logitstream "))
                .map(command -> command.text().split(" ")[1])
                .distinct()
                .toList();

        assertThat(shown)
                .contains(
                        "distill",
                        "produce",
                        "teach",
                        "train",
                        "evaluate",
                        "inspect",
                        "tokenizer",
                        "logits",
                        "cluster");
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aConfigurationOfTheDocumentsIsUnderstood(Path document) throws IOException {
        for (String yaml : blocks(YAML, document)) {
            ObjectNode chosen = ConfigFile.read(Files.writeString(folder.resolve("run.yaml"), yaml));

            assertThat(resolved(chosen)).as(document.toString()).isNotNull();
        }
    }

    @Test
    void theConfigurationReferenceNamesEveryKeyWithItsDefault() throws IOException {
        String yaml = blocks(YAML, Repository.root().resolve("docs/reference/configuration.md"))
                .get(0);
        ObjectNode documented = ConfigFile.read(Files.writeString(folder.resolve("run.yaml"), yaml));

        for (RecordComponent section : LogitstreamConfig.class.getRecordComponents()) {
            assertThat(documented.has(section.getName())).as(section.getName()).isTrue();
            if (section.getType().isRecord() && !section.getName().equals("heldOut")) {
                List<String> keys = Stream.of(section.getType().getRecordComponents())
                        .map(RecordComponent::getName)
                        // What corpora gives to both corpora; the key itself is refused.
                        .filter(key -> !key.equals("mixture"))
                        .toList();
                List<String> named = new ArrayList<>();
                documented.get(section.getName()).fieldNames().forEachRemaining(named::add);
                assertThat(named).as(section.getName()).containsExactlyInAnyOrderElementsOf(keys);
            }
        }
        assertThat(resolved(withoutCorpora(documented))).isEqualTo(resolved(withoutCorpora(ConfigFile.empty())));
    }

    private static LogitstreamConfig resolved(ObjectNode file) {
        return new ConfigurationPrecedence().file(file).resolve();
    }

    private static ObjectNode withoutCorpora(ObjectNode chosen) {
        chosen.putObject("corpus").put("source", "texts");
        chosen.putObject("heldOut").put("source", "others");
        chosen.put("teacher", "teacher");
        return chosen;
    }

    static Stream<Path> documents() throws IOException {
        Path root = Repository.root();
        List<Path> documents = new ArrayList<>(List.of(root.resolve("README.md")));
        try (Stream<Path> files = Files.walk(root.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
        }
        return documents.stream();
    }

    static Stream<String> commands() {
        return Documents.commands().stream()
                .map(Documents.Command::text)
                .filter(text -> COMMAND.matcher(text).lookingAt())
                .filter(text -> !text.contains(" ... "));
    }

    private static List<String> blocks(Pattern pattern, Path document) {
        try {
            return pattern.matcher(Files.readString(document))
                    .results()
                    .map(match -> match.group(1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String[] words(String line) {
        return WORD.matcher(line)
                .results()
                .map(MatchResult::group)
                .map(word -> word.replaceAll("^[\"']|[\"']$", ""))
                .toArray(String[]::new);
    }

    private static List<String> settings(String[] arguments) {
        List<String> settings = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            if (arguments[i - 1].equals("--set")) {
                settings.add(arguments[i]);
            }
        }
        return settings;
    }
}
