package io.logitstream.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;

/** The PyTorch engine of this process: started once, offline, with a fixed number of threads. */
public final class Torch {
  private static boolean started;

  private Torch() {}

  /**
   * Starts the engine. Results depend on the number of threads in the last bits (the order of sums), so runs
   * that are to agree bit for bit use the same number.
   *
   * @param threads threads within one operation, for each thread that calls; at least 1
   */
  public static synchronized void start(int threads) {
    if (!started) {
      System.setProperty("ai.djl.offline", "true");
      System.setProperty("ai.djl.default_engine", "PyTorch");
      System.setProperty("OPT_OUT_TRACKING", "true");
      System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
      System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
      Engine.getInstance();
      started = true;
    } else if (JniUtils.getNumThreads() != threads) {
      JniUtils.setNumThreads(threads);
    }
  }

  /**
   * A memory scope that owns what is created in it until it is closed.
   *
   * @param device {@code cpu} or {@code cuda:N}
   * @return a new scope on that device
   */
  public static NDManager newScope(String device) {
    startWithDefaults();
    return NDManager.newBaseManager(device(device));
  }

  /** Turns recording for the backward pass on or off for the calling thread. */
  public static void recordGradients(boolean on) {
    startWithDefaults();
    JniUtils.setGradMode(on);
  }

  private static synchronized void startWithDefaults() {
    if (!started) {
      start(Runtime.getRuntime().availableProcessors());
    }
  }

  private static Device device(String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    if (!name.matches("cuda(:\\d+)?")) {
      throw new ModelException("device '" + name + "' is neither cpu nor cuda:N");
    }
    int index = name.length() == 4 ? 0 : Integer.parseInt(name.substring(5));
    int present = Engine.getInstance().getGpuCount();
    if (index >= present) {
      throw new ModelException("device " + name + " asked for, but PyTorch sees " + present
          + " CUDA devices; use device cpu, or put a CUDA build of libtorch 2.7.1 on PYTORCH_LIBRARY_PATH");
    }
    return Device.gpu(index);
  }
}
