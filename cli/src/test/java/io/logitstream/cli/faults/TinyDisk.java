package io.logitstream.cli.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system of some megabytes, which is really full when it is full. Needs the right to mount one. */
final class TinyDisk implements AutoCloseable {
    private static final int SIZE_MB = 24;

    private final Path folder;

    private TinyDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts one in memory on a folder, or returns null where that is not allowed. */
    static TinyDisk mount(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        boolean mounted = false;
        try {
            mounted = run("mount", "-t", "tmpfs", "-o", "size=" + SIZE_MB + "m", "logitstream-test", folder.toString());
        } catch (IOException e) {
            // There is no such command.
        }
        if (!mounted) {
            System.out.println("no file system can be mounted here (that needs root): no disk is filled");
            return null;
        }
        return new TinyDisk(folder);
    }

    void fill() throws IOException {
        try (OutputStream file = Files.newOutputStream(filler())) {
            for (int i = 0; i <= SIZE_MB * 1024; i++) {
                file.write(new byte[1024]);
            }
            throw new IllegalStateException(folder + " does not get full");
        } catch (IOException e) {
            // Full.
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return folder.resolve("filler");
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", "-l", folder.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
