package io.logitstream.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rule for the kernels in TorchScript. */
class KernelsTest {
    /** An exponential of a tensor whose last dimension is the vocabulary. */
    private static final Pattern EXPONENTIAL = Pattern.compile("torch\\.exp_?\\((?:torch\\.\\w+\\()?\\w+_\\w*V\\b");

    // On a CPU, exponentials that leave float32 take a hundred times as long as others; powers of two do not.
    @Test
    void overTheVocabularyArePowersOfTwo() throws IOException {
        List<Path> kernels;
        try (Stream<Path> files = Files.walk(Repository.root())) {
            kernels = files.filter(file -> file.toString().contains("/src/main/resources/"))
                    .filter(file -> file.toString().endsWith(".py"))
                    .toList();
        }

        assertThat(kernels).hasSizeGreaterThan(5);
        for (Path kernel : kernels) {
            assertThat(Files.readString(kernel)).as("%s", kernel).doesNotContainPattern(EXPONENTIAL);
        }
        assertThat("torch.mul_(torch.exp_(teacher_log_p_CV), d)").containsPattern(EXPONENTIAL);
    }
}
