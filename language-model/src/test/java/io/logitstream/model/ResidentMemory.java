package io.logitstream.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process as Linux counts it, including that of libtorch. */
final class ResidentMemory {
    private ResidentMemory() {}

    /** Current number of bytes. */
    static long now() throws IOException {
        return kilobytes("VmRSS:") << 10;
    }

    /** The most bytes since {@link #resetPeak}. */
    static long peak() throws IOException {
        return kilobytes("VmHWM:") << 10;
    }

    static void resetPeak() throws IOException {
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    }

    private static long kilobytes(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
