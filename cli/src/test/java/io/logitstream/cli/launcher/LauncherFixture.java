package io.logitstream.cli.launcher;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A small checkout with the launcher, and fake Maven and Java commands that record their calls. */
abstract class LauncherFixture {
    private static final List<String> PROGRAMS = List.of(
            "bash",
            "sh",
            "cat",
            "cksum",
            "cp",
            "dirname",
            "find",
            "flock",
            "grep",
            "java",
            "ln",
            "locale",
            "mkdir",
            "mv",
            "mvn",
            "ps",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "sort",
            "touch",
            "tr");

    record Call(int code, String out, String err) {}

    @TempDir
    Path folder;

    Path checkout;

    @BeforeEach
    void createCheckout() throws IOException {
        checkout = Files.createDirectories(folder.resolve("a checkout"));
        Files.copy(Repository.root().resolve("logitstream"), checkout.resolve("logitstream"));
        write(
                checkout.resolve("pom.xml"),
                "<modules>\n  <module>client</module>\n  <module>cli</module>\n"
                        + "  <module>benchmarks</module>\n</modules>\n");
        // Like schema-registry-client, which has no sources of its own.
        write(checkout.resolve("client/pom.xml"), "");
        write(checkout.resolve("benchmarks/pom.xml"), "");
        write(checkout.resolve("cli/pom.xml"), "");
        write(source(), "class A {}");
        script(
                "mvn",
                "echo build >> \"$CHECKOUT/builds\"; printf '\\033[0mMaven talks\\n'; sleep ${BUILD_SECONDS:-0};"
                        + " [ -z \"${BUILD_FAILS:-}\" ] || exit 1; mkdir -p cli/target/lib; touch cli/target/lib/a-1.jar;"
                        + " cp cli/src/main/java/A.java cli/target/cli-0.1.jar");
        script(
                "java",
                "case \"$*\" in *showSettings*) echo '    java.specification.version = 21' >&2 ;;"
                        + " *) [ -z \"${SHOW_LOCALE:-}\" ] || echo \"$LC_ALL\"; [ -z \"${HOLD:-}\" ] || { echo; read -r end; };"
                        + " printf '%s\\n' \"$@\" ;; esac");
    }

    /** The jar folder that a process was started with. */
    static Path classes(Call call) {
        return call.out()
                .lines()
                .filter(line -> line.endsWith("/*"))
                .map(line -> Path.of(line).getParent())
                .findFirst()
                .orElseThrow();
    }

    /** A PATH with a single folder, with links to all programs of the launcher except one. */
    String pathWithout(String missing) throws IOException {
        Path programs = Files.createDirectories(folder.resolve("without " + missing));
        List<String> places = List.of((folder.resolve("bin") + ":" + System.getenv("PATH")).split(":"));
        for (String program : PROGRAMS) {
            Optional<Path> file = places.stream()
                    .map(place -> Path.of(place, program))
                    .filter(Files::exists)
                    .findFirst();
            if (!program.equals(missing) && file.isPresent()) {
                Files.createSymbolicLink(programs.resolve(program), file.get());
            }
        }
        return programs.toString();
    }

    Path source() {
        return checkout.resolve("cli/src/main/java/A.java");
    }

    int builds() throws IOException {
        return Files.readAllLines(checkout.resolve("builds")).size();
    }

    static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    void script(String name, String text) throws IOException {
        Path file = write(folder.resolve("bin").resolve(name), "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Call run(String... command) throws Exception {
        return run(Map.of(), command);
    }

    Call run(Map<String, String> environment, String... command) throws Exception {
        Process process = start(environment, List.of(command));
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Call(process.waitFor(), out, err);
    }

    Process start(Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
        builder.environment().keySet().removeAll(List.of("JAVA_HOME", "JAVA_OPTS", "LOGITSTREAM_NO_BUILD", "CDPATH"));
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("CHECKOUT", checkout.toString());
        builder.environment().putAll(environment);
        // The output is smaller than a pipe's buffer.
        return builder.start();
    }
}
