package io.logitstream.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
    /** The hash of "abc" in FIPS 180-2. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path folder;

    @Test
    void textBytesAndFilesOfTheSameContentHaveTheSameHash() throws IOException {
        Path file = Files.writeString(folder.resolve("abc"), "abc");

        assertThat(Sha256.hex("abc")).isEqualTo(ABC);
        assertThat(Sha256.hex("abc".getBytes(StandardCharsets.UTF_8))).isEqualTo(ABC);
        assertThat(Sha256.hex(file)).isEqualTo(ABC);
    }

    @Test
    void filesAreHashedOneAfterAnother() throws IOException {
        Path first = Files.writeString(folder.resolve("1"), "a");
        Path second = Files.writeString(folder.resolve("2"), "bc");

        assertThat(Sha256.hex(List.of(first, second))).isEqualTo(ABC);
        assertThat(Sha256.hex(List.of(second, first))).isNotEqualTo(ABC);
    }

    @Test
    void theFirstLongIsBigEndian() {
        assertThat(Sha256.firstLong("abc")).isEqualTo(0xba7816bf8f01cfeaL);
    }
}
