package io.logitstream.model.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A {@code java.home} whose {@code java} is a shell script, until it is closed. */
public final class FakeJava implements AutoCloseable {
    private static final String PROPERTY = "java.home";

    private final String before = System.getProperty(PROPERTY);

    private FakeJava(Path home) {
        System.setProperty(PROPERTY, home.toString());
    }

    /** A home without {@code bin/java}. */
    public static FakeJava missing(Path emptyFolder) {
        return new FakeJava(emptyFolder);
    }

    /** A home whose {@code java} runs a script. */
    public static FakeJava running(Path folder, String script) throws IOException {
        Path java = Files.createDirectories(folder.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new FakeJava(folder);
    }

    @Override
    public void close() {
        System.setProperty(PROPERTY, before);
    }
}
