package io.logitstream.benchmarks.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel counts of this process, by /proc/self/stat.
 *
 * @param processorSeconds processor time, that of the kernel included
 * @param kernelSeconds processor time of the kernel
 * @param minorFaults pages that were mapped on their first use
 */
record ProcessCounts(double processorSeconds, double kernelSeconds, long minorFaults) {
  private static final double TICKS_PER_SECOND = 100;

  static ProcessCounts now() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    // The fields follow the name of the command in brackets; field 3 is the first of them.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double kernel = Long.parseLong(fields[15 - 3]) / TICKS_PER_SECOND;
    return new ProcessCounts(Long.parseLong(fields[14 - 3]) / TICKS_PER_SECOND + kernel, kernel,
        Long.parseLong(fields[10 - 3]));
  }

  ProcessCounts since(ProcessCounts before) {
    return new ProcessCounts(processorSeconds - before.processorSeconds, kernelSeconds - before.kernelSeconds,
        minorFaults - before.minorFaults);
  }
}
