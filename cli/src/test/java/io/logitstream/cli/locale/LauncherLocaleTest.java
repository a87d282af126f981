package io.logitstream.cli.locale;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher starts a JVM that reads paths, arguments and file names as UTF-8 in any locale. */
class LauncherLocaleTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", "C.UTF-8", ""})
    void argumentsPathsAndOutputAreUtf8(String locale) throws IOException, InterruptedException {
        // The test's own JVM may run in any locale, so the shell creates and passes the names.
        String script = "mkdir -p gr\\303\\274n && touch gr\\303\\274n/\\303\\274.txt gr\\303\\274n/\\346\\235\\261.txt"
                + " && \"$LAUNCHER\" generate 'gr\\303\\266\\303\\237e' gr\\303\\274n";

        String out = run(locale, script);

        assertThat(out.lines()).containsExactly("generate", "gr\u00f6\u00dfe", "gr\u00fcn", "\u00fc.txt", "\u6771.txt");
    }

    @Test
    void withoutTheLauncherAnArgumentThatTheLocaleCannotExpressIsRefused() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        "-c",
                        "exec '" + System.getProperty("java.home") + "/bin/java' -cp '"
                                + System.getProperty("java.class.path")
                                + "' io.logitstream.cli.Logitstream generate --prompt $'gr\\303\\266\\303\\237e'")
                .redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");

        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(out).contains("cannot be read in the locale's encoding", "LC_ALL=C.UTF-8");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void theImageRunsUnderUtf8() throws IOException {
        String dockerfile = Files.readString(Repository.root().resolve("docker/Dockerfile"));

        assertThat(dockerfile)
                .contains(
                        "ENV LC_ALL=C.UTF-8",
                        "-Dfile.encoding=UTF-8",
                        "-Dstdout.encoding=UTF-8",
                        "-Dstderr.encoding=UTF-8");
    }

    private String run(String locale, String script) throws IOException, InterruptedException {
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(
                java,
                String.join(
                        "\n",
                        "#!/usr/bin/env bash",
                        "real='" + System.getProperty("java.home") + "/bin/java'",
                        "case \" $* \" in *' -version '*) exec \"$real\" \"$@\" ;; esac",
                        "options=()",
                        "while [ \"$1\" != -cp ]; do options+=(\"$1\"); shift; done",
                        "shift 3",
                        "exec \"$real\" \"${options[@]}\" -cp '"
                                + Path.of("target/test-classes").toAbsolutePath() + "' " + LocaleProbe.class.getName()
                                + " \"$@\"",
                        ""));
        assertThat(java.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", "-c", "eval \"$(printf '" + script.replace("'", "'\\''") + "')\"")
                .directory(folder.toFile())
                .redirectError(folder.resolve("errors").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
        builder.environment().put("LC_ALL", locale);
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment()
                .put("LAUNCHER", Repository.root().resolve("logitstream").toString());
        builder.environment().put("LOGITSTREAM_NO_BUILD", "1");
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(Files.readString(folder.resolve("errors")))
                .isZero();
        return out;
    }
}
