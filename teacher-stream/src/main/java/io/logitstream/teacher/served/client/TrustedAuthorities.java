package io.logitstream.teacher.served.client;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate authorities of a PEM file, as the only ones that are trusted. */
final class TrustedAuthorities {
    private static final long MOST_BYTES = 16L << 20;

    private TrustedAuthorities() {}

    /**
     * Reads the file.
     *
     * @throws UsageException if it cannot be read or holds no certificate
     */
    static SSLContext read(String caFile) {
        Path file = Path.of(caFile).toAbsolutePath();
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates(file)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new UsageException("teach.server.caFile " + file + " cannot be read: " + FailureText.of(e));
        }
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException, CertificateException {
        if (Files.size(file) > MOST_BYTES) {
            throw new UsageException("teach.server.caFile " + file + " has more than " + MOST_BYTES + " bytes");
        }
        Collection<? extends Certificate> certificates;
        try {
            certificates = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
        } catch (CertificateException e) {
            throw unusable(file);
        }
        if (certificates.isEmpty()) {
            throw unusable(file);
        }
        return certificates;
    }

    private static UsageException unusable(Path file) {
        return new UsageException("teach.server.caFile " + file + " holds no certificate in PEM format"
                + " (-----BEGIN CERTIFICATE-----)");
    }
}
