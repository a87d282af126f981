package io.logitstream.model.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.trial.TrialOutcome.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outcomes of trials: only a crash is evidence against a file. */
@SuppressWarnings("try") // A FakeJava only has to be in place.
class TrialProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HOME = System.getProperty("java.home");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exit 0 | SURVIVED | ",
                "exit 3 | SURVIVED | ",
                "exit 4 | UNTRIED | more than 60 s",
                "kill -9 $$ | UNTRIED | killed with signal 9",
                "kill -15 $$ | UNTRIED | signal 15",
                "kill -6 $$ | CRASHED | signal 6",
                "kill -11 $$ | CRASHED | signal 11",
                "echo Unrecognized option: --no; echo Error: Could not create the JVM; exit 1 | UNTRIED | Unrecognized option: --no",
                "echo '# There is insufficient memory for the Java Runtime Environment to continue.'; exit 1 | UNTRIED | not enough memory",
                "echo \"thread '<unnamed>' panicked at src/lib.rs:1:2:\"; echo index out of bounds; exit 1 | CRASHED | index out of bounds",
                "echo \"thread 'main' panicked at /c/rayon-core-1.12.1/src/registry.rs:1:2:\"; kill -6 $$ | UNTRIED | cannot start threads",
                "echo '# A fatal error has been detected by the Java Runtime Environment:'; echo '#  SIGBUS (0x7) at'; exit 1"
                        + " | CRASHED | SIGBUS",
                "echo fault of the trial: it needs more memory; exit 1 | UNTRIED | it needs more memory"
            })
    void onlyACrashIsTheFilesFault(String script, Kind kind, String text) {
        TrialOutcome outcome = TrialProcess.run(LIMIT, List.of("sh", "-c", script));

        assertThat(outcome.kind()).isEqualTo(kind);
        if (text != null) {
            assertThat(outcome.text()).contains(text);
        }
    }

    @Test
    void aProcessThatCannotBeStartedIsNoFaultOfTheFile() {
        try (FakeJava missing = FakeJava.missing(folder)) {
            assertThat(TrialProcess.run(TrialMain.class, LIMIT, "none").text())
                    .contains("no process can be started", "bin/java");
        }
    }

    @Test
    void whereLibrariesAreFoundIsPassedOnAndTheHeapIsBounded() {
        Properties properties = new Properties();
        List.of("java.io.tmpdir", "user.home", "DJL_CACHE_DIR", "ai.djl.offline", "ENGINE_CACHE_DIR")
                .forEach(name -> properties.setProperty(name, "/some where"));
        properties.setProperty("javax.net.ssl.keyStorePassword", "hidden");

        List<String> options = TrialProcess.options(properties, 8L << 30);

        assertThat(options)
                .contains(
                        "-Xmx1073741824",
                        "-Djava.io.tmpdir=/some where",
                        "-Duser.home=/some where",
                        "-DDJL_CACHE_DIR=/some where",
                        "-Dai.djl.offline=/some where",
                        "-DENGINE_CACHE_DIR=/some where");
        assertThat(options).noneMatch(option -> option.contains("hidden"));
        assertThat(TrialProcess.options(properties, 100 << 20)).contains("-Xmx104857600");
    }

    @Test
    void optionsOfThisJvmAreNotThoseOfTheProcess() throws Exception {
        // The environment of a running JVM cannot be changed, so that another JVM runs the trial.
        ProcessBuilder outer = new ProcessBuilder(
                Path.of(HOME, "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Outer.class.getName());
        TrialProcess.JVM_OPTIONS.forEach(name -> outer.environment().put(name, "-Dharmless=true"));

        Process process = outer.redirectErrorStream(true).start();

        assertThat(process.inputReader().lines().toList()).contains("harmless=[]");
    }

    /** Prints the JVM options that the child process of a trial sees. */
    static final class Outer {
        private Outer() {}

        public static void main(String[] arguments) {
            TrialOutcome outcome = TrialProcess.run(
                    LIMIT,
                    List.of(
                            "sh",
                            "-c",
                            "echo \"fault of the trial: [$JAVA_TOOL_OPTIONS$JDK_JAVA_OPTIONS$_JAVA_OPTIONS]\"; exit 1"));
            System.out.println("harmless=" + outcome.text().replaceAll(".*(\\[.*]).*", "$1"));
        }
    }
}
