package io.logitstream.cli.messages;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rule for all sources: messages to users come from {@code FailureText}, which names no Java class. */
class SourcesTest {
    /** A caught exception used as text, which starts with the name of its class. */
    private static final Pattern AS_TEXT = Pattern.compile("\\+ (e|cause|failure|exception)\\b(?![.(\\w])"
            + "|\\b(e|cause|failure|exception)\\.toString\\(\\)|String\\.valueOf\\((e|cause|failure|exception)\\)");

    private static final Pattern CLASS_NAME = Pattern.compile("getSimpleName\\(\\)|getClass\\(\\)\\.getName\\(\\)");
    /** A catch block for exceptions of libraries, whose messages are not meant for users. */
    private static final Pattern LIBRARY_FAILURE = Pattern.compile("catch \\((?:[\\w.]+ \\| )*(?:IOException"
            + "|UncheckedIOException|KafkaException|RetriableException|AvroRuntimeException|NumberFormatException"
            + "|ExecutionException|RuntimeException|Exception|Throwable)(?: \\| [\\w.]+)* (\\w+)\\) "
            + "\\{((?:[^{}]++|\\{[^{}]*+\\})*+)\\}");

    @Test
    void noMessageRepeatsTheWordsOfALibrary() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            if (!source.toString().contains("/io/logitstream/messages/")) {
                LIBRARY_FAILURE
                        .matcher(Files.readString(source))
                        .results()
                        .filter(block -> Pattern.compile("\\b" + block.group(1) + "\\.getMessage\\(\\)(?! [=!]= null)")
                                .matcher(block.group(2))
                                .find())
                        .forEach(block -> found.add(
                                source.getFileName() + ": " + block.group(2).strip()));
            }
        }

        assertThat(found).isEmpty();
    }

    @Test
    void noMessageShowsTheNameOfAClass() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            // Those of the module itself, which knows how.
            if (!source.toString().contains("/io/logitstream/messages/")) {
                find(source, AS_TEXT, found);
                find(source, CLASS_NAME, found);
            }
        }

        assertThat(found).isEmpty();
    }

    private static void find(Path source, Pattern pattern, List<String> found) throws IOException {
        List<String> lines = Files.readAllLines(source);
        for (int i = 0; i < lines.size(); i++) {
            Matcher matcher = pattern.matcher(lines.get(i));
            if (matcher.find()) {
                found.add(source.getFileName() + ":" + (i + 1) + ": "
                        + lines.get(i).strip());
            }
        }
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Repository.root())) {
            for (Path module :
                    modules.filter(folder -> !folder.endsWith("benchmarks")).toList()) {
                if (Files.isDirectory(module.resolve("src/main/java"))) {
                    try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }
}
