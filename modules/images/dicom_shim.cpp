// SPDX-License-Identifier: Apache-2.0
// The only file that knows GDCM. Every entry point catches everything: C callers see rc_status.
#include "images/dicom_shim.h"

#include <gdcmDict.h>
#include <gdcmDicts.h>
#include <gdcmFile.h>
#include <gdcmGlobal.h>
#include <gdcmImage.h>
#include <gdcmSequenceOfFragments.h>
#include <gdcmSequenceOfItems.h>
#include <gdcmSmartPointer.h>
#include <gdcmTrace.h>
#include <gdcmVersion.h>
#include <gdcmWriter.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace {

const gdcm::Tag pixel_data(0x7fe0, 0x0010);

gdcm::Tag to_gdcm(rc_tag tag) {
  return gdcm::Tag(static_cast<uint16_t>(tag >> 16), static_cast<uint16_t>(tag & 0xffff));
}

/// GDCM writes warnings to standard error; ours travel in rc_error.
void silence_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
  });
}

gdcm::VR dictionary_vr(const gdcm::Tag &tag) {
  return gdcm::Global::GetInstance().GetDicts().GetDictEntry(tag).GetVR();
}

rc_status failed(rc_error *err, const char *what) {
  return rc_fail(err, RC_ERR_FORMAT, "the DICOM library gave up: %s", what);
}

} // namespace

// Each C entry point wraps its work so that no exception crosses into C.
#define GUARDED(work)                                                                              \
  try {                                                                                            \
    work                                                                                           \
  } catch (const std::bad_alloc &) {                                                               \
    return rc_fail(err, RC_ERR_MEMORY, "out of memory in the DICOM library");                      \
  } catch (const std::exception &e) {                                                              \
    return failed(err, e.what());                                                                  \
  } catch (...) {                                                                                  \
    return failed(err, "unknown reason");                                                          \
  }

const char *rc_dicom_library(void) {
  static const std::string text = std::string("GDCM ") + gdcm::Version::GetVersion();
  return text.c_str();
}

void rc_dicom_dictionary_vr(rc_tag tag, char vr[3]) {
  std::memcpy(vr, "UN", 3);
  if ((tag >> 16) % 2 == 1)
    return; // private
  try {
    const char *text = gdcm::VR::GetVRString(dictionary_vr(to_gdcm(tag)));
    if (text != nullptr && std::strlen(text) >= 2 && text[0] != '?')
      std::memcpy(vr, text, 2); // "US or SS" becomes "US"
  } catch (...) {
    return;
  }
}

// ---- pixels ------------------------------------------------------------------------------------

namespace {

/// Not through GDCM's file reader: it asserts, and so aborts, on files it does not expect.
gdcm::SmartPointer<gdcm::Image> describe(const rc_dicom_frame &frame,
                                         const rc_dicom_fragment *fragment, int64_t n_fragments) {
  gdcm::SmartPointer<gdcm::SequenceOfFragments> pieces = new gdcm::SequenceOfFragments;
  for (int64_t i = 0; i < n_fragments; i++) {
    gdcm::Fragment piece;
    piece.SetByteValue(reinterpret_cast<const char *>(fragment[i].bytes), fragment[i].n);
    pieces->AddFragment(piece);
  }
  gdcm::DataElement element(pixel_data);
  element.SetVR(gdcm::VR::OB);
  element.SetValue(*pieces);
  gdcm::SmartPointer<gdcm::Image> image = new gdcm::Image;
  image->SetTransferSyntax(
      gdcm::TransferSyntax(gdcm::TransferSyntax::GetTSType(std::string(frame.syntax).c_str())));
  image->SetNumberOfDimensions(2);
  image->SetDimension(0, frame.columns);
  image->SetDimension(1, frame.rows);
  image->SetPixelFormat(gdcm::PixelFormat(1, frame.bits_allocated, frame.bits_stored,
                                          static_cast<uint16_t>(frame.bits_stored - 1),
                                          static_cast<uint16_t>(frame.is_signed ? 1 : 0)));
  image->SetPhotometricInterpretation(
      gdcm::PhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2));
  image->SetDataElement(element);
  return image;
}

rc_status decode(const rc_dicom_frame &frame, const rc_dicom_fragment *fragment,
                 int64_t n_fragments, unsigned char *out, size_t n, rc_error *err) {
  gdcm::SmartPointer<gdcm::Image> image = describe(frame, fragment, n_fragments);
  if (image->GetBufferLength() != n || !image->GetBuffer(reinterpret_cast<char *>(out)))
    return rc_fail(err, RC_ERR_FORMAT, "the pixel data (7FE0,0010) cannot be decoded");
  return RC_OK;
}

} // namespace

rc_status rc_dicom_decode(const rc_dicom_frame *frame, const rc_dicom_fragment *fragment,
                          int64_t n_fragments, unsigned char *out, size_t n, rc_error *err) {
  GUARDED({
    silence_library();
    return decode(*frame, fragment, n_fragments, out, n, err);
  })
}

// ---- building ----------------------------------------------------------------------------------

struct rc_dicom_draft_item {
  gdcm::DataSet set;
  std::map<rc_tag, std::vector<std::unique_ptr<rc_dicom_draft_item>>> sequences;
};

struct rc_dicom_draft {
  gdcm::SmartPointer<gdcm::File> file;
  rc_dicom_draft_item root;
};

namespace {

/// A data set with its sequences, as GDCM wants it for writing.
gdcm::DataSet assemble(const rc_dicom_draft_item &item) {
  gdcm::DataSet set = item.set;
  for (const auto &entry : item.sequences) {
    gdcm::SmartPointer<gdcm::SequenceOfItems> sequence = new gdcm::SequenceOfItems;
    sequence->SetLengthToUndefined();
    for (const auto &child : entry.second) {
      gdcm::Item nested;
      nested.SetVLToUndefined();
      nested.SetNestedDataSet(assemble(*child));
      sequence->AddItem(nested);
    }
    gdcm::DataElement element(to_gdcm(entry.first));
    element.SetVR(gdcm::VR::SQ);
    element.SetValue(*sequence);
    element.SetVLToUndefined();
    set.Replace(element);
  }
  return set;
}

} // namespace

rc_dicom_draft *rc_dicom_draft_create(void) {
  try {
    silence_library();
    std::unique_ptr<rc_dicom_draft> draft(new rc_dicom_draft);
    draft->file = new gdcm::File;
    return draft.release();
  } catch (...) {
    return nullptr;
  }
}

void rc_dicom_draft_destroy(rc_dicom_draft *draft) {
  delete draft;
}

rc_dicom_draft_item *rc_dicom_draft_root(rc_dicom_draft *draft) {
  return &draft->root;
}

rc_status rc_dicom_set_text(rc_dicom_draft_item *item, rc_tag tag, const char *value,
                            rc_error *err){GUARDED({
  const gdcm::VR vr = dictionary_vr(to_gdcm(tag));
  std::string text(value);
  if (text.size() % 2 == 1)
    text.push_back(vr == gdcm::VR::UI ? '\0' : ' ');
  gdcm::DataElement element(to_gdcm(tag));
  element.SetVR(vr);
  element.SetByteValue(text.data(), static_cast<uint32_t>(text.size()));
  item->set.Replace(element);
  return RC_OK;
})}

rc_status rc_dicom_set_u16(rc_dicom_draft_item *item, rc_tag tag, const uint16_t *values, int64_t n,
                           rc_error *err){GUARDED({
  if (n < 0 || n > INT32_MAX / 2)
    return rc_fail(err, RC_ERR_LIMIT, "too many values for one DICOM attribute");
  gdcm::DataElement element(to_gdcm(tag));
  element.SetVR(to_gdcm(tag) == pixel_data ? gdcm::VR(gdcm::VR::OW) : dictionary_vr(to_gdcm(tag)));
  element.SetByteValue(reinterpret_cast<const char *>(values), static_cast<uint32_t>(2 * n));
  item->set.Replace(element);
  return RC_OK;
})}

rc_dicom_draft_item *rc_dicom_add_item(rc_dicom_draft_item *item, rc_tag tag) {
  try {
    std::unique_ptr<rc_dicom_draft_item> child(new rc_dicom_draft_item);
    auto &items = item->sequences[tag];
    items.push_back(std::move(child));
    return items.back().get();
  } catch (...) {
    return nullptr;
  }
}

rc_status rc_dicom_encode(rc_dicom_draft *draft, unsigned char **bytes, size_t *n, rc_error *err) {
  *bytes = nullptr;
  *n = 0;
  GUARDED({
    gdcm::File &file = *draft->file;
    file.SetDataSet(assemble(draft->root));
    file.GetHeader().SetDataSetTransferSyntax(gdcm::TransferSyntax::ExplicitVRLittleEndian);
    std::ostringstream stream;
    gdcm::Writer writer;
    writer.SetFile(file);
    writer.SetStream(stream);
    if (!writer.Write())
      return rc_fail(err, RC_ERR_INTERNAL, "the DICOM library refused to encode a data set");
    const std::string text = stream.str();
    *bytes = static_cast<unsigned char *>(std::malloc(text.size() > 0 ? text.size() : 1));
    if (*bytes == nullptr)
      return rc_fail(err, RC_ERR_MEMORY, "out of memory");
    std::memcpy(*bytes, text.data(), text.size());
    *n = text.size();
    return RC_OK;
  })
}
