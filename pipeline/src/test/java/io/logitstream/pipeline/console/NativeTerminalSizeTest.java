package io.logitstream.pipeline.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A real terminal, if {@code script} can create one. */
class NativeTerminalSizeTest {
    /** Prints the size of its terminal. */
    public static final class Probe {
        private Probe() {}

        public static void main(String[] arguments) {
            TerminalSize size = new NativeTerminalSize();
            System.err.println("size " + size.columns() + "x" + size.rows());
        }
    }

    @Test
    void theWidthIsThatOfStandardErrorWhateverTheOthersAre() throws Exception {
        assertThat(inATerminal("stty cols 97 rows 31; " + java("") + " < /dev/null > /dev/null"))
                .isEqualTo("size 97x31");
    }

    @Test
    void withoutTheNativeLibraryEightyColumnsAreAssumedInSilence() throws Exception {
        assertThat(inATerminal("stty cols 97 rows 31; " + java("-Djline.tmpdir=/nonexistent")))
                .isEqualTo("size 80x24");
    }

    private static String java(String option) {
        return Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -Xshare:auto "
                + option
                // As the launcher does.
                + (Runtime.version().feature() >= 24 ? " --enable-native-access=ALL-UNNAMED" : "")
                + " -cp '" + System.getProperty("java.class.path") + "' '" + Probe.class.getName() + "'";
    }

    private static String inATerminal(String command) throws IOException, InterruptedException {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(path -> new File(path, "script"))
                .anyMatch(File::canExecute);
        assumeTrue(
                there && System.getProperty("os.name").equals("Linux"), "no script of util-linux: no terminal is made");
        Process process = new ProcessBuilder("script", "-qec", command, "/dev/null")
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output.replace("^D\b\b", "").strip();
    }
}
