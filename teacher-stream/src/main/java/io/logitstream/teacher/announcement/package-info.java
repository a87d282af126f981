/** The topic of teacher announcements, and the replacement of a running stream's teacher by an announced one. */
package io.logitstream.teacher.announcement;
