package io.logitstream.cli.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The jars that the launcher runs, and when a build removes them. */
class LauncherJarsTest extends LauncherFixture {
    @Test
    void jarsOfOtherSourcesAreNeverTakenForThese() throws Exception {
        String launcher = checkout.resolve("logitstream").toString();
        String first = Files.readString(source());
        run(launcher);

        write(source(), "class A { int other; }");
        assertThat(run("sh", "-c", "cd '" + checkout + "' && mvn package").code())
                .isZero();
        write(source(), first);

        assertThat(Files.readString(classes(run(launcher)).resolve("cli-0.1.jar")))
                .isEqualTo(first);
    }

    @Test
    void aBuildLeavesTheJarsOfARunningProcessAndRemovesThemWhenItHasEnded() throws Exception {
        String launcher = checkout.resolve("logitstream").toString();
        Path before = classes(run(launcher));
        Process running = start(Map.of("HOLD", "yes"), List.of(launcher));
        // Its first line is printed by the process that the launcher became through exec.
        assertThat(running.getInputStream().read()).isEqualTo('\n');

        write(source(), "class A { int b; }");
        Path after = classes(run(launcher));
        assertThat(after).isNotEqualTo(before);
        assertThat(before.resolve("a-1.jar")).exists();
        assertThat(checkout.resolve("cli/target/lib/a-1.jar")).exists();

        running.getOutputStream().close();
        running.waitFor();
        write(source(), "class A { int c; }");
        run(launcher);
        assertThat(before).doesNotExist();
        assertThat(after).doesNotExist();
    }

    @Test
    void jarsOfAnotherVersionAreNotPicked() throws Exception {
        write(checkout.resolve("cli/target/cli-0.0.9.jar"), "old");
        write(checkout.resolve("cli/target/cli-9.jar"), "old");
        write(checkout.resolve("cli/target/lib/a-0.jar"), "old");

        try (Stream<Path> jars =
                Files.list(classes(run(checkout.resolve("logitstream").toString())))) {
            assertThat(jars.map(jar -> jar.getFileName().toString()).filter(name -> !name.startsWith(".")))
                    .containsExactlyInAnyOrder("a-1.jar", "cli-0.1.jar");
        }
    }

    @Test
    void withoutBuildsTheNewestJarIsPicked() throws Exception {
        write(checkout.resolve("cli/target/cli-0.2.jar"), "new");
        Files.setLastModifiedTime(
                write(checkout.resolve("cli/target/cli-0.3-SNAPSHOT.jar"), "old"), FileTime.fromMillis(0));

        Call call = run(
                Map.of("LOGITSTREAM_NO_BUILD", "1"),
                checkout.resolve("logitstream").toString());

        assertThat(call.out()).contains("cli/target/lib/*:", "/cli-0.2.jar\n");
    }

    @Test
    void aCheckoutThatCannotBeWrittenRunsTheBuildThatIsThere() throws Exception {
        String launcher = checkout.resolve("logitstream").toString();
        run(launcher);
        write(source(), "class A { int b; }");
        Path target = checkout.resolve("cli/target");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            // Root can write everywhere.
            assumeThat(Files.isWritable(target)).isFalse();

            Call call = run(launcher, "x");

            assertThat(call.code()).isZero();
            assertThat(call.out())
                    .contains("cli/target/lib/*:", "/cli-0.1.jar\n")
                    .endsWith("\nx\n");
            assertThat(call.err())
                    .isEqualTo("logitstream: " + target.toRealPath()
                            + " is not writable: running the build that is there, perhaps of other sources\n");
            assertThat(builds()).isEqualTo(1);
        } finally {
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void withoutFlockTwoAtOnceBuildOnceAndTheLockOfADeadProcessIsRemoved() throws Exception {
        Path lock = Files.createDirectories(checkout.resolve("cli/target")).resolve(".building-by");
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Files.createSymbolicLink(lock, Path.of(Long.toString(dead.pid())));
        Map<String, String> environment = Map.of("BUILD_SECONDS", "1", "PATH", pathWithout("flock"));

        Process other =
                start(environment, List.of(checkout.resolve("logitstream").toString()));
        Call second = run(environment, checkout.resolve("logitstream").toString());

        assertThat(other.waitFor()).isZero();
        assertThat(second.code()).isZero();
        assertThat(builds()).isEqualTo(1);
        assertThat(Files.exists(lock, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }
}
