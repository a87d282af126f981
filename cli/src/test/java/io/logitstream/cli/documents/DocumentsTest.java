package io.logitstream.cli.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.cli.Logitstream;
import io.logitstream.cli.documents.Documents.Mention;
import io.logitstream.cli.testing.Repository;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Every command, link, file, class, option, key, variable and version that the documents name is there. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])(--[a-z][a-z-]*)");
    private static final Pattern PATH = Pattern.compile("((?:[\\w.-]+/)+[\\w.-]*)");
    private static final Pattern CLASS = Pattern.compile("([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+|[A-Z]\\w+IT)(?:\\.java)?");
    private static final Pattern VARIABLE = Pattern.compile("([A-Z]+(?:_[A-Z0-9]+)+)(?:=.*)?");
    private static final Pattern KEY = Pattern.compile("([a-z]\\w+(?:\\.[a-z]\\w*)+)(?:[:=] ?.*)?");
    private static final Pattern VERSION = Pattern.compile("\\b\\d+\\.\\d+[\\d.-]*\\b");

    /** Options in the documents that belong to other programs or to python/examples. */
    private static final Set<String> OPTIONS_OF_OTHERS = Set.of(
            "--small",
            "--alpha-schedule",
            "--alter",
            "--api-key",
            "--env-file",
            "--fsdp",
            "--gpu-memory-utilization",
            "--list",
            "--logdir",
            "--logprobs-mode",
            "--loss",
            "--loss-settings",
            "--max-logprobs",
            "--max-model-len",
            "--max-num-batched-tokens",
            "--max-num-seqs",
            "--model-path",
            "--precision",
            "--profile",
            "--rm",
            "--scale",
            "--schedule",
            "--set-registry",
            "--tail",
            "--tensor-parallel-size",
            "--volumes");
    /** Classes of other projects, and those of python/. */
    private static final Set<String> CLASSES_OF_OTHERS = Set.of(
            "IdentityReplicationPolicy",
            "ValueError",
            "DataLoader",
            "DistillationLoss",
            "IterableDataset",
            "LogitsDataset",
            "RegistryError",
            "StatefulDataLoader");
    /** Environment variables of other programs. */
    private static final Set<String> VARIABLES_OF_OTHERS =
            Set.of("MALLOC_ARENA_MAX", "PYTORCH_LIBRARY_PATH", "JAVA_OPTS");

    @Test
    void everyDocumentedCommandIsRunByDocsTestRunOrItSaysWhyNot() {
        assertThat(Documents.run("docs/test/run", "--list").lines()).hasSizeGreaterThan(60);
    }

    @Test
    void everyLinkLeadsToAFileAndAHeading() {
        List<Mention> broken = Documents.matches(LINK).stream()
                .filter(link -> !link.text().matches("[a-z]+:.*"))
                .filter(Predicate.not(DocumentsTest::leadsSomewhere))
                .toList();

        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Mention link) {
        String[] parts = link.text().split("#", 2);
        Path target = parts[0].isEmpty()
                ? link.file()
                : Path.of("").resolve(link.file()).resolveSibling(parts[0]).normalize();
        return Files.exists(Repository.root().resolve(target))
                && (parts.length == 1 || Documents.anchors(target).contains(parts[1]));
    }

    @Test
    void everyFileOfTheRepositoryThatIsNamedIsThere() {
        Set<String> folders = children(Repository.root());
        List<Mention> missing = named(PATH)
                .filter(path -> folders.contains(path.text().split("/")[0]))
                .filter(path -> !path.text().startsWith("cli/target"))
                .filter(path -> !Files.exists(Repository.root().resolve(path.text())))
                .toList();

        assertThat(missing).isEmpty();
    }

    @Test
    void everyClassThatIsNamedIsThere() throws IOException {
        Set<String> known = sources()
                .map(file -> file.getFileName().toString().replaceAll("\\.\\w+$", ""))
                .collect(Collectors.toSet());
        known.addAll(CLASSES_OF_OTHERS);
        String alerts = Files.readString(Repository.root().resolve("docker/prometheus/alerts.yml"));

        assertThat(named(CLASS)
                        .filter(name -> !known.contains(name.text()) && !alerts.contains(" " + name.text() + "\n")))
                .isEmpty();
    }

    /** ARCHITECTURE.md names classes of one word too, which elsewhere cannot be told from other words. */
    @Test
    void everyClassThatTheArchitectureNamesIsThere() {
        Set<String> known = sources()
                .map(file -> file.getFileName().toString())
                .filter(name -> name.matches(".*\\.(java|avsc)"))
                .map(name -> name.replaceAll("\\.\\w+$", ""))
                .collect(Collectors.toSet());

        List<String> named = Documents.spans().stream()
                .filter(span -> span.file().equals(Path.of("ARCHITECTURE.md")))
                .map(Mention::text)
                .filter(text -> text.matches("[A-Z]\\w*[a-z]\\w*"))
                .toList();

        assertThat(named).hasSizeGreaterThan(40);
        assertThat(named).filteredOn(name -> !known.contains(name)).isEmpty();
    }

    @Test
    void everyOptionThatIsNamedIsOneOfACommand() {
        Set<String> known = new CommandLine(Logitstream.class)
                .getSubcommands().values().stream()
                        .flatMap(command -> command.getCommandSpec().optionsMap().keySet().stream())
                        .collect(Collectors.toSet());
        known.add("--version");
        known.addAll(OPTIONS_OF_OTHERS);

        assertThat(Documents.spans().stream()
                        .flatMap(span -> OPTION.matcher(span.text())
                                .results()
                                .map(match -> new Mention(span.file(), match.group(1))))
                        .filter(option -> !known.contains(option.text())))
                .isEmpty();
    }

    @Test
    void everyConfigurationKeyThatIsNamedIsInTheReference() throws IOException {
        String reference = Documents.text(Path.of("docs/reference/configuration.md"));
        Matcher yaml = Pattern.compile("(?s)```yaml\\n(.*?)```").matcher(reference);
        assertThat(yaml.find()).isTrue();
        JsonNode keys = new YAMLMapper().readTree(yaml.group(1));

        assertThat(named(KEY)
                        .filter(key -> keys.has(key.text().split("\\.")[0]))
                        .filter(key -> !key.text().matches(".*\\.(jsonl?|safetensors)"))
                        .filter(key -> !hasKey(keys, key.text())))
                .isEmpty();
    }

    /** Whether a key stands in the reference; below a value that is null or empty by default, anything may. */
    private static boolean hasKey(JsonNode keys, String key) {
        JsonNode node = keys;
        for (String part : key.split("\\.")) {
            if (!node.isNull() && !node.isEmpty() || node.isValueNode() && !node.isNull()) {
                if (!node.has(part)) {
                    return false;
                }
                node = node.get(part);
            }
        }
        return true;
    }

    @Test
    void everyEnvironmentVariableThatIsNamedIsReadSomewhere() {
        String all = sources()
                .filter(file -> !file.toString().endsWith(".md"))
                .map(DocumentsTest::read)
                .collect(Collectors.joining());

        assertThat(named(VARIABLE)
                        .filter(variable -> !VARIABLES_OF_OTHERS.contains(variable.text()))
                        .filter(variable -> !all.contains(variable.text())))
                .isEmpty();
    }

    @Test
    void versionsOfTheTableOfVulnerabilitiesAreThoseThatAreShipped() {
        List<String> shipped = shippedLibraries();
        List<String> stated = Documents.text(Path.of("docs/reference/vulnerabilities.md"))
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| library"))
                .flatMap(line -> statedLibraries(line.split(" *\\| *")))
                .toList();

        assertThat(stated).hasSizeGreaterThan(15);
        assertThat(stated)
                .allSatisfy(library -> assertThat(shipped)
                        .anySatisfy(jar -> assertThat(jar)
                                .matches(".*" + Pattern.quote(library.split(" ")[0]) + "\\S* "
                                        + Pattern.quote(library.split(" ")[1]))));
    }

    /** Names and versions, as in {@code avro 1.12.2}, of a row whose first and last cells list them. */
    private static Stream<String> statedLibraries(String[] cells) {
        String[] names = cells[1].toLowerCase(Locale.ROOT).split("( \\(.*\\))?, -?|$");
        List<String> versions = VERSION.matcher(cells[3].replaceAll("was .*", ""))
                .results()
                .map(MatchResult::group)
                .toList();
        return IntStream.range(0, versions.size()).mapToObj(i -> names[i].split(" ")[0] + " " + versions.get(i));
    }

    @Test
    void theVersionOfLibtorchIsThatWhichIsShipped() {
        Matcher named = Pattern.compile("CUDA build of libtorch (\\d[\\d.]*\\d)")
                .matcher(Documents.prose(Path.of("docs/how-to/run-on-a-cluster.md"))
                        .replaceAll("\\s+", " "));

        assertThat(named.find()).isTrue();
        assertThat(System.getProperty("java.class.path")).contains("pytorch-native-cpu-" + named.group(1));
    }

    @Test
    void onlyThePageOfVulnerabilitiesNamesVersionsOfLibraries() {
        assertThat(VERSION.matcher(Documents.prose(Path.of("docs/reference/licences.md"))
                                .replaceAll("-[\\d.]+(?=[ ,)|\\n])", ""))
                        .results()
                        .map(match -> match.group())
                        .filter(version -> version.matches("\\d+\\.\\d+\\.\\d+.*")))
                .isEmpty();
    }

    /** Code spans that are, as a whole, what the first group of a pattern finds. */
    private static Stream<Mention> named(Pattern pattern) {
        return Documents.spans().stream()
                .map(span -> {
                    Matcher match = pattern.matcher(span.text());
                    return match.matches() ? new Mention(span.file(), match.group(1)) : null;
                })
                .filter(mention -> mention != null);
    }

    /** Names and versions of the jars on the class path that lie as in a Maven repository. */
    private static List<String> shippedLibraries() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(jar -> jar.getNameCount() > 2)
                .map(jar -> jar.getParent().getParent().getFileName() + " "
                        + jar.getParent().getFileName())
                .map(library -> library.replaceAll("-jre$", ""))
                .toList();
    }

    private static Set<String> children(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files that git knows. */
    private static Stream<Path> sources() {
        return Documents.run("git", "ls-files")
                .lines()
                .map(Path::of)
                .filter(file -> Files.isRegularFile(Repository.root().resolve(file)));
    }

    private static String read(Path file) {
        String name = file.getFileName().toString();
        if (name.matches(".*\\.(safetensors|gz|zst|bin|jar|json|pt)")) {
            return "";
        }
        try {
            return new String(Files.readAllBytes(Repository.root().resolve(file)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
