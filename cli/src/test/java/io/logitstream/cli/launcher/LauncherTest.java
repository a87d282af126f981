package io.logitstream.cli.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a small checkout, with a Maven and a Java that only note how they were called. */
class LauncherTest {
  private record Call(int code, String out, String err) {}

  @TempDir
  private Path folder;
  private Path checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Files.createDirectories(folder.resolve("a checkout"));
    Files.copy(Repository.root().resolve("logitstream"), checkout.resolve("logitstream"));
    write(checkout.resolve("pom.xml"), "<modules>\n  <module>client</module>\n  <module>cli</module>\n"
        + "  <module>benchmarks</module>\n</modules>\n");
    // As schema-registry-client, which has no sources of its own.
    write(checkout.resolve("client/pom.xml"), "");
    write(checkout.resolve("benchmarks/pom.xml"), "");
    write(checkout.resolve("cli/pom.xml"), "");
    write(source(), "class A {}");
    script("mvn", "echo build >> \"$CHECKOUT/builds\"; printf '\\033[0mMaven talks\\n'; sleep ${BUILD_SECONDS:-0};"
        + " [ -z \"${BUILD_FAILS:-}\" ] || exit 1; mkdir -p cli/target/lib; touch cli/target/cli-0.1.jar");
    script("java", "case \"$*\" in *showSettings*) echo '    java.specification.version = 21' >&2 ;;"
        + " *) printf '%s\\n' \"$@\" ;; esac");
  }

  @Test
  void aBuildIsSilentOnStandardOutputAndComesOnce() throws Exception {
    Call first = run(checkout.resolve("logitstream").toString(), "--version");
    Call second = run(checkout.resolve("logitstream").toString(), "--version");

    assertThat(first.out).doesNotContain("Maven", "\u001b").endsWith("io.logitstream.cli.Logitstream\n--version\n");
    assertThat(first.err).contains("building").doesNotContain("No such file", "find:");
    assertThat(second.out).isEqualTo(first.out);
    assertThat(second.err).isEmpty();
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
    String direct = run(checkout.resolve("logitstream").toString(), "x").out;
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(folder.resolve("chain"), Path.of("a checkout/logitstream"));
    Files.createSymbolicLink(bin.resolve("tool"), Path.of("../chain"));
    Files.createSymbolicLink(folder.resolve("linked folder"), checkout);

    assertThat(run("sh", "-c", "tool x").out).as("a link on the PATH").isEqualTo(direct);
    assertThat(run("bash", bin.resolve("tool").toString(), "x").out).isEqualTo(direct);
    assertThat(run(folder.resolve("linked folder/logitstream").toString(), "x").out).as("a linked folder")
        .isEqualTo(direct);
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void otherShellsAndCdpathMakeNoDifference() throws Exception {
    String direct = run(checkout.resolve("logitstream").toString(), "an argument").out;

    assertThat(run("sh", checkout.resolve("logitstream").toString(), "an argument").out).isEqualTo(direct);
    assertThat(run(Map.of("CDPATH", folder.toString()), "sh", "-c", "cd '" + folder + "' && 'a checkout/logitstream'"
        + " 'an argument'").out).isEqualTo(direct);
    assertThat(direct).endsWith("\nan argument\n");
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    Process other = start(Map.of("BUILD_SECONDS", "1"), List.of(checkout.resolve("logitstream").toString()));
    Call second = run(Map.of("BUILD_SECONDS", "1"), checkout.resolve("logitstream").toString());

    assertThat(other.waitFor()).isZero();
    assertThat(second.code).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void aBuildThatFailsIsToldAndTriedAgain() throws Exception {
    Call failed = run(Map.of("BUILD_FAILS", "yes"), checkout.resolve("logitstream").toString());

    assertThat(failed.code).isEqualTo(1);
    assertThat(failed.out).isEmpty();
    assertThat(failed.err).endsWith("logitstream: the build failed; its messages are above\n");
    assertThat(run(checkout.resolve("logitstream").toString()).code).isZero();
    assertThat(builds()).isEqualTo(2);
  }

  private Path source() {
    return checkout.resolve("cli/src/main/java/A.java");
  }

  private int builds() throws IOException {
    return Files.readAllLines(checkout.resolve("builds")).size();
  }

  private static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void script(String name, String text) throws IOException {
    Path file = write(folder.resolve("bin").resolve(name), "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Call run(String... command) throws Exception {
    return run(Map.of(), command);
  }

  private Call run(Map<String, String> environment, String... command) throws Exception {
    Process process = start(environment, List.of(command));
    String out = new String(process.getInputStream().readAllBytes());
    String err = new String(process.getErrorStream().readAllBytes());
    return new Call(process.waitFor(), out, err);
  }

  private Process start(Map<String, String> environment, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "JAVA_OPTS", "LOGITSTREAM_NO_BUILD", "CDPATH"));
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("CHECKOUT", checkout.toString());
    builder.environment().putAll(environment);
    // What a process prints here is less than a pipe holds.
    return builder.start();
  }
}
