package io.logitstream.cli.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher in a small checkout, with fake Maven and Java commands that record their calls. */
class LauncherTest extends LauncherFixture {
    @Test
    void aBuildIsSilentOnStandardOutputAndComesOnce() throws Exception {
        Call first = run(checkout.resolve("logitstream").toString(), "--version");
        Call second = run(checkout.resolve("logitstream").toString(), "--version");

        assertThat(first.out())
                .doesNotContain("Maven", "\u001b")
                .endsWith("io.logitstream.cli.Logitstream\n--version\n");
        assertThat(first.err()).contains("building").doesNotContain("No such file", "find:");
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(second.err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void whatDiffersFromTheBuildIsBuiltAgainAndTimesDoNotMatter() throws Exception {
        String launcher = checkout.resolve("logitstream").toString();
        run(launcher);
        FileTime old = FileTime.fromMillis(0);

        Files.setLastModifiedTime(source(), FileTime.fromMillis(System.currentTimeMillis() + 100_000));
        run(launcher);
        assertThat(builds()).as("a file that was only touched").isEqualTo(1);

        Files.setLastModifiedTime(write(source(), "class A { int b; }"), old);
        run(launcher);
        assertThat(builds()).as("another content, with an old time").isEqualTo(2);

        Path added = write(source().resolveSibling("B.java"), "");
        Files.setLastModifiedTime(added, old);
        run(launcher);
        assertThat(builds()).as("a new file").isEqualTo(3);

        Files.delete(added);
        run(launcher);
        assertThat(builds()).as("a file that is gone").isEqualTo(4);

        write(checkout.resolve("benchmarks/pom.xml"), "changed");
        run(launcher);
        assertThat(builds()).as("what is no part of the build").isEqualTo(4);
    }

    @Test
    void theLauncherRunsThroughLinks() throws Exception {
        String direct = run(checkout.resolve("logitstream").toString(), "x").out();
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(folder.resolve("chain"), Path.of("a checkout/logitstream"));
        Files.createSymbolicLink(bin.resolve("tool"), Path.of("../chain"));
        Files.createSymbolicLink(folder.resolve("linked folder"), checkout);

        assertThat(run("sh", "-c", "tool x").out()).as("a link on the PATH").isEqualTo(direct);
        assertThat(run("bash", bin.resolve("tool").toString(), "x").out()).isEqualTo(direct);
        assertThat(run(folder.resolve("linked folder/logitstream").toString(), "x")
                        .out())
                .as("a linked folder")
                .isEqualTo(direct);
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void otherShellsAndCdpathMakeNoDifference() throws Exception {
        String direct =
                run(checkout.resolve("logitstream").toString(), "an argument").out();

        assertThat(run("sh", checkout.resolve("logitstream").toString(), "an argument")
                        .out())
                .isEqualTo(direct);
        assertThat(run(
                                Map.of("CDPATH", folder.toString()),
                                "sh",
                                "-c",
                                "cd '" + folder + "' && 'a checkout/logitstream'" + " 'an argument'")
                        .out())
                .isEqualTo(direct);
        assertThat(direct).endsWith("\nan argument\n");
    }

    @Test
    void twoAtOnceBuildOnce() throws Exception {
        Process other = start(
                Map.of("BUILD_SECONDS", "1"),
                List.of(checkout.resolve("logitstream").toString()));
        Call second = run(
                Map.of("BUILD_SECONDS", "1"), checkout.resolve("logitstream").toString());

        assertThat(other.waitFor()).isZero();
        assertThat(second.code()).isZero();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void aBuildThatFailsIsToldAndTriedAgain() throws Exception {
        Call failed = run(
                Map.of("BUILD_FAILS", "yes"), checkout.resolve("logitstream").toString());

        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).endsWith("logitstream: the build failed; its messages are above\n");
        assertThat(run(checkout.resolve("logitstream").toString()).code()).isZero();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void aJavaThatDoesNotStartIsToldWithItsFirstLine() throws Exception {
        script("java", "echo 'Picked up JAVA_TOOL_OPTIONS: -Xfoo' >&2; echo 'Unrecognized option: -Xfoo' >&2; exit 1");

        Call call = run(checkout.resolve("logitstream").toString());

        assertThat(call.code()).isEqualTo(1);
        assertThat(call.err())
                .isEqualTo("logitstream: java cannot be started: Unrecognized option: -Xfoo;"
                        + " check JAVA_HOME and JAVA_TOOL_OPTIONS, or install a JDK of version 17 or newer\n");
    }

    @ParameterizedTest
    @CsvSource({
        "de_DE.utf8 en_US.utf8 C.utf8 POSIX, C.utf8",
        "C.UTF-8 aa_DJ.utf8, C.UTF-8",
        "aa_DJ.utf8 en_US.UTF-8, en_US.UTF-8",
        "C POSIX fr_FR.utf8 de_DE.utf8, de_DE.utf8",
        "C POSIX, C.UTF-8"
    })
    void theLocaleIsOneThatIsInstalledAndNeutralWherePossible(String installed, String chosen) throws Exception {
        script("locale", "case $1 in charmap) echo ANSI_X3.4-1968 ;; -a) printf '%s\\n' " + installed + " ;; esac");

        Call call =
                run(Map.of("SHOW_LOCALE", "1"), checkout.resolve("logitstream").toString());

        assertThat(call.out()).startsWith(chosen + "\n");
        assertThat(call.err()).doesNotContain("setlocale");
    }

    @Test
    void withoutTheProgramLocaleItIsThatOfC() throws Exception {
        Call call = run(
                Map.of("SHOW_LOCALE", "1", "PATH", pathWithout("locale")),
                checkout.resolve("logitstream").toString());

        assertThat(call.out()).startsWith("C.UTF-8\n");
    }
}
