package io.logitstream.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files and packages stay small enough to be read as a whole. */
class SizesTest {
    private static final int LINES_OF_A_FILE = 300;
    private static final int FILES_OF_A_PACKAGE = 22;

    /** Files above the limit today, each to be divided. */
    private static final Set<String> KNOWN_LONG_FILES = Set.of("decoder.py");

    @Test
    void noFileHasMoreThan300Lines() {
        assertThat(Production.sourceFiles())
                .filteredOn(
                        file -> !KNOWN_LONG_FILES.contains(file.getFileName().toString()))
                .filteredOn(file -> lines(file) > LINES_OF_A_FILE)
                .isEmpty();
    }

    @Test
    void noPackageHasMoreThan22Files() {
        Map<Path, Long> sizes = javaFiles().collect(Collectors.groupingBy(Path::getParent, Collectors.counting()));

        assertThat(sizes).hasSizeGreaterThan(60);
        assertThat(sizes.entrySet())
                .filteredOn(size -> size.getValue() > FILES_OF_A_PACKAGE)
                .isEmpty();
    }

    @Test
    void everyPackageSaysWhatItHolds() {
        assertThat(javaFiles().map(Path::getParent).distinct())
                .allSatisfy(folder ->
                        assertThat(folder.resolve("package-info.java")).exists());
    }

    @Test
    void aPackageIsInOneModule() {
        Map<String, List<String>> modules = javaFiles()
                .map(Path::getParent)
                .distinct()
                .map(folder -> Repository.root().relativize(folder).toString())
                .collect(Collectors.groupingBy(folder -> folder.replaceFirst(".*/src/main/java/", "")));

        assertThat(modules.values()).allSatisfy(folders -> assertThat(folders).hasSize(1));
    }

    private static Stream<Path> javaFiles() {
        return Production.sourceFiles().stream().filter(file -> file.toString().endsWith(".java"));
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
