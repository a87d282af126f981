package io.logitstream.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules for the shell scripts. */
class ScriptsTest {
    /** Places of scripts, and how deep they lie there. */
    private static final List<Path> FOLDERS =
            Stream.of(".ci", "benchmarks", "docker", "docs").map(Path::of).toList();

    private static final int DEPTH = 3;
    private static final Pattern EARLY_END = Pattern.compile("(?<!\\|)\\|\\s*grep\\s+(?:-\\w+\\s+)*-\\w*q");

    /**
     * {@code grep -q} ends at its first match. A command that still writes then dies of the broken pipe, and with
     * {@code pipefail} the match counts as a failure, now and then.
     */
    @Test
    void noPipeEndsInAGrepThatStopsReading() throws IOException {
        List<Path> scripts = scripts();

        assertThat(scripts).hasSizeGreaterThan(15);
        assertThat(scripts)
                .allSatisfy(script -> assertThat(Files.readString(script))
                        .as(script.toString())
                        .doesNotContainPattern(EARLY_END));
    }

    private static List<Path> scripts() throws IOException {
        List<Path> scripts = new ArrayList<>(List.of(Repository.root().resolve("logitstream")));
        for (Path folder : FOLDERS) {
            try (Stream<Path> files = Files.walk(Repository.root().resolve(folder), DEPTH)) {
                files.filter(ScriptsTest::stopsAtABrokenPipe).forEach(scripts::add);
            }
        }
        return scripts;
    }

    private static boolean stopsAtABrokenPipe(Path file) {
        try {
            return Files.isRegularFile(file)
                    && Files.isExecutable(file)
                    && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains("pipefail");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
