package io.logitstream.model.libtorch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Copies between the host and the device during a training step. Copies that DJL makes wait until a GPU has done all
 * queued operations: those of values to the device, of numbers that are operands, and of results to the host. Those of
 * this class to the device do not wait, and reading counts, so that a test can limit it.
 */
public final class HostTransfer {
    private static final ThreadLocal<long[]> READS = ThreadLocal.withInitial(() -> new long[1]);

    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** Wait after which values are read in the ordinary way, which also reports an error of the device. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    // Holds no tensors, so that one script serves all devices.
    private static final class Kernels {
        private static final TorchScript SCRIPT =
                TorchScript.load(Torch.newScope("cpu"), HostTransfer.class, "transfer.py");
    }

    private HostTransfer() {}

    /**
     * A tensor of host values. Does not wait for the device; on a GPU the values have been copied when this returns.
     *
     * @param scope owner of the tensor, on its device
     * @param values the values; on a CPU a direct buffer must not change while the tensor is used
     */
    public static NDArray toDevice(NDManager scope, Buffer values, Shape shape, DataType type) {
        if (!scope.getDevice().isGpu()) {
            return scope.create(values, shape, type);
        }
        if (shape.size() == 0) {
            return scope.create(shape, type);
        }
        try (NDManager host = scope.newSubManager(Device.cpu());
                NDArray like = scope.create(new Shape(0))) {
            return Kernels.SCRIPT
                    .run(scope, "to_device", host.create(values, shape, type), like)
                    .get(0);
        }
    }

    /** Reads float64 values. Waits until the device has done all queued operations. */
    public static double[] read(NDArray values) {
        READS.get()[0]++;
        return values.toDoubleArray();
    }

    /** Reads one float32 value. Waits until the device has done all queued operations. */
    public static float readFloat(NDArray value) {
        READS.get()[0]++;
        return value.getFloat();
    }

    /**
     * Queues a copy of float64 values to the host.
     *
     * @param scope owner of the copy
     * @param values float64 vector on the device; stays open until the copy has been read
     */
    public static Late toHost(NDManager scope, NDArray values) {
        NDList copies = Kernels.SCRIPT.run(scope, "to_host", values);
        return new Late(values, copies.get(0), copies.get(1));
    }

    /** Number of times that the calling thread has read values, on any device. */
    public static long reads() {
        return READS.get()[0];
    }

    /** Values on their way to the host. */
    public static final class Late {
        private final NDArray onDevice;
        private final NDArray onHost;
        private final NDArray arrived;

        private Late(NDArray onDevice, NDArray onHost, NDArray arrived) {
            this.onDevice = onDevice;
            this.onHost = onHost;
            this.arrived = arrived;
        }

        /** The values. Waits for the operations that were queued before the copy, and for none after it. */
        public double[] read() {
            READS.get()[0]++;
            long begin = System.nanoTime();
            while (arrived.toDoubleArray()[0] == 0) {
                if (System.nanoTime() - begin > LONGEST_WAIT_NANOS) {
                    return onDevice.toDoubleArray();
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            return onHost.toDoubleArray();
        }
    }
}
