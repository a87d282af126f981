package io.logitstream.exploration.plan;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Cores and memory that concurrent runs may use: from the plan, or from the machine. */
public final class TrainingResources {
    private static final long MEGABYTE = 1_000_000;

    private TrainingResources() {}

    public static int cores(ExplorationPlan.Resources resources) {
        return resources.cores() != null
                ? resources.cores()
                : Runtime.getRuntime().availableProcessors();
    }

    /** Bytes for tensors: half of the machine's memory by default, as JVM, broker and file cache need the rest. */
    public static long bytes(ExplorationPlan.Resources resources) {
        if (resources.memoryMb() != null) {
            return resources.memoryMb() * MEGABYTE;
        }
        OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return machine.getTotalMemorySize() / 2;
    }
}
