// SPDX-License-Identifier: Apache-2.0
// The only file that knows GDCM. Every entry point catches everything: C callers see rc_status.
#include "images/dicom_shim.h"

#include "images/dicom_structure.h"

#include <gdcmDataSetHelper.h>
#include <gdcmDict.h>
#include <gdcmDicts.h>
#include <gdcmFile.h>
#include <gdcmGlobal.h>
#include <gdcmImage.h>
#include <gdcmImageReader.h>
#include <gdcmReader.h>
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

/// One sequence attribute: GDCM's items (when read) and our wrappers of them.
struct Sequence {
  gdcm::SmartPointer<gdcm::SequenceOfItems> source;
  std::vector<std::unique_ptr<rc_dicom_item>> items;
};

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

} // namespace

struct rc_dicom_item {
  rc_dicom *owner = nullptr;
  gdcm::DataSet *set = nullptr; ///< borrowed from the file, or `own`
  gdcm::DataSet own;            ///< when building
  std::map<rc_tag, Sequence> sequences;
};

struct rc_dicom {
  std::string path;
  std::string syntax;
  gdcm::SmartPointer<gdcm::File> file;
  rc_dicom_item root;
};

namespace {

const gdcm::DataElement *find(const rc_dicom_item *item, rc_tag tag) {
  const gdcm::Tag t = to_gdcm(tag);
  if (!item->set->FindDataElement(t))
    return nullptr;
  return &item->set->GetDataElement(t);
}

const gdcm::ByteValue *bytes_of(const rc_dicom_item *item, rc_tag tag) {
  const gdcm::DataElement *element = find(item, tag);
  return element == nullptr || element->IsEmpty() ? nullptr : element->GetByteValue();
}

gdcm::VR dictionary_vr(const gdcm::Tag &tag) {
  return gdcm::Global::GetInstance().GetDicts().GetDictEntry(tag).GetVR();
}

/// The VR of an element; the dictionary's where the file is implicit or says UN.
gdcm::VR vr_of(const gdcm::DataElement &element) {
  gdcm::VR vr = element.GetVR();
  if (vr == gdcm::VR::INVALID || vr == gdcm::VR::UN)
    vr = dictionary_vr(element.GetTag());
  return vr;
}

template <typename T>
int64_t copy_binary(const gdcm::ByteValue &bytes, double *out, int64_t capacity) {
  const int64_t n = static_cast<int64_t>(bytes.GetLength() / sizeof(T));
  for (int64_t i = 0; i < n && i < capacity; i++) {
    T value;
    std::memcpy(&value, bytes.GetPointer() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
    out[i] = static_cast<double>(value);
  }
  return n;
}

bool is_blank(char c) {
  return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n';
}

/// Backslash-separated decimal text (DS, IS). -1 when an item is no number; blank items too.
int64_t parse_decimal(const gdcm::ByteValue &bytes, double *out, int64_t capacity) {
  const char *at = bytes.GetPointer();
  const char *end = at + bytes.GetLength();
  while (end > at && is_blank(end[-1]))
    end--;
  int64_t n = 0;
  while (at < end) {
    const char *stop =
        static_cast<const char *>(std::memchr(at, '\\', static_cast<size_t>(end - at)));
    if (stop == nullptr)
      stop = end;
    char text[64];
    const size_t length = static_cast<size_t>(stop - at);
    if (length >= sizeof text)
      return -1;
    std::memcpy(text, at, length);
    text[length] = '\0';
    double value;
    if (!rc_dicom_parse_number(text, &value))
      return -1;
    if (n < capacity)
      out[n] = value;
    n++;
    at = stop + 1;
  }
  return n;
}

int64_t numbers_of(const gdcm::DataElement &element, const gdcm::ByteValue &bytes, double *out,
                   int64_t capacity) {
  switch (static_cast<gdcm::VR::VRType>(vr_of(element))) {
  case gdcm::VR::US:
  case gdcm::VR::OW:
  case gdcm::VR::US_SS:
  case gdcm::VR::US_OW:
    return copy_binary<uint16_t>(bytes, out, capacity);
  case gdcm::VR::SS:
    return copy_binary<int16_t>(bytes, out, capacity);
  case gdcm::VR::UL:
    return copy_binary<uint32_t>(bytes, out, capacity);
  case gdcm::VR::SL:
    return copy_binary<int32_t>(bytes, out, capacity);
  case gdcm::VR::FL:
  case gdcm::VR::OF:
    return copy_binary<float>(bytes, out, capacity);
  case gdcm::VR::FD:
  case gdcm::VR::OD:
    return copy_binary<double>(bytes, out, capacity);
  default:
    return parse_decimal(bytes, out, capacity);
  }
}

/// Wraps a sequence's items on first use. NULL when the tag holds no sequence.
Sequence *open_sequence(rc_dicom_item *item, rc_tag tag) {
  auto known = item->sequences.find(tag);
  if (known != item->sequences.end())
    return &known->second;
  const gdcm::DataElement *element = find(item, tag);
  if (element == nullptr)
    return nullptr;
  gdcm::SmartPointer<gdcm::SequenceOfItems> source = element->GetValueAsSQ();
  if (!source)
    return nullptr;
  Sequence &sequence = item->sequences[tag];
  sequence.source = source;
  for (gdcm::SequenceOfItems::SizeType i = 1; i <= source->GetNumberOfItems(); i++) {
    std::unique_ptr<rc_dicom_item> wrapped(new rc_dicom_item);
    wrapped->owner = item->owner;
    wrapped->set = &source->GetItem(i).GetNestedDataSet();
    sequence.items.push_back(std::move(wrapped));
  }
  return &sequence;
}

template <typename T> void to_doubles(const std::vector<char> &raw, double *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    T value;
    std::memcpy(&value, raw.data() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
    out[i] = static_cast<double>(value);
  }
}

rc_status convert(const rc_dicom *dicom, const gdcm::PixelFormat &format,
                  const std::vector<char> &raw, double *out, int64_t n, rc_error *err) {
  switch (format.GetScalarType()) {
  case gdcm::PixelFormat::UINT8:
    to_doubles<uint8_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::INT8:
    to_doubles<int8_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::UINT12:
  case gdcm::PixelFormat::UINT16:
    to_doubles<uint16_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::INT12:
  case gdcm::PixelFormat::INT16:
    to_doubles<int16_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::UINT32:
    to_doubles<uint32_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::INT32:
    to_doubles<int32_t>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::FLOAT32:
    to_doubles<float>(raw, out, n);
    return RC_OK;
  case gdcm::PixelFormat::FLOAT64:
    to_doubles<double>(raw, out, n);
    return RC_OK;
  default:
    return rc_fail(err, RC_ERR_UNSUPPORTED, "%s: pixel format %s is not supported",
                   dicom->path.c_str(), format.GetScalarTypeAsString());
  }
}

double number_or(const rc_dicom_item *item, rc_tag tag, double absent) {
  double value = absent;
  return rc_dicom_numbers(item, tag, &value, 1) > 0 ? value : absent;
}

/// GDCM asserts (and so aborts) on pixel descriptions it does not expect: those are refused first.
rc_status check_pixel_description(const rc_dicom *dicom, rc_error *err) {
  const rc_dicom_item *root = &dicom->root;
  const double allocated = number_or(root, RC_TAG(0x0028, 0x0100), 0);
  const double stored = number_or(root, RC_TAG(0x0028, 0x0101), allocated);
  const double high = number_or(root, RC_TAG(0x0028, 0x0102), stored - 1);
  const double samples = number_or(root, RC_TAG(0x0028, 0x0002), 1);
  if (samples != 1)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: SamplesPerPixel (0028,0002) is %g; only grey images are supported",
                   dicom->path.c_str(), samples);
  if (allocated != 8 && allocated != 16 && allocated != 32)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: BitsAllocated (0028,0100) is %g; expected 8, 16 or 32", dicom->path.c_str(),
                   allocated);
  if (stored < 1 || stored > allocated || high != stored - 1)
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: BitsStored (0028,0101) %g and HighBit (0028,0102) %g do not fit "
                   "BitsAllocated (0028,0100) %g",
                   dicom->path.c_str(), stored, high, allocated);
  return RC_OK;
}

rc_status decode(const rc_dicom *dicom, double *out, int64_t n, rc_error *err) {
  rc_status status = check_pixel_description(dicom, err);
  if (status != RC_OK)
    return status;
  gdcm::ImageReader reader;
  reader.SetFileName(dicom->path.c_str());
  if (!reader.Read())
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: the pixel data (7FE0,0010) cannot be decoded (transfer syntax %s)",
                   dicom->path.c_str(), dicom->syntax.c_str());
  const gdcm::Image &image = reader.GetImage();
  const gdcm::PixelFormat &format = image.GetPixelFormat();
  const size_t length = image.GetBufferLength();
  if (n <= 0 || length != static_cast<size_t>(n) * format.GetPixelSize())
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: the pixel data (7FE0,0010) decodes to %zu bytes, but Rows and Columns ask "
                   "for %lld pixels",
                   dicom->path.c_str(), length, static_cast<long long>(n));
  std::vector<char> raw(length);
  if (!image.GetBuffer(raw.data()))
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: the pixel data (7FE0,0010) cannot be decoded (transfer syntax %s)",
                   dicom->path.c_str(), dicom->syntax.c_str());
  return convert(dicom, format, raw, out, n, err);
}

rc_status read_file(const char *path, bool header_only, rc_dicom &dicom, rc_error *err) {
  gdcm::Reader reader;
  reader.SetFileName(path);
  const bool read = header_only ? reader.ReadUpToTag(pixel_data) : reader.Read();
  if (!read)
    return rc_fail(err, RC_ERR_FORMAT, "%s: not a readable DICOM file", path);
  dicom.path = path;
  dicom.file = &reader.GetFile();
  dicom.root.owner = &dicom;
  dicom.root.set = &dicom.file->GetDataSet();
  dicom.syntax = dicom.file->GetHeader().GetDataSetTransferSyntax().GetString();
  return RC_OK;
}

/// A data set with its sequences, as GDCM wants it for writing.
gdcm::DataSet assemble(const rc_dicom_item &item) {
  gdcm::DataSet set = item.own;
  for (const auto &entry : item.sequences) {
    gdcm::SmartPointer<gdcm::SequenceOfItems> sequence = new gdcm::SequenceOfItems;
    sequence->SetLengthToUndefined();
    for (const auto &child : entry.second.items) {
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

rc_status rc_dicom_open(const char *path, bool header_only, rc_dicom **out, rc_error *err) {
  *out = nullptr;
  // GDCM believes the lengths it reads and allocates them; ours are checked against the file first.
  rc_status status = rc_dicom_check_structure(path, err);
  if (status != RC_OK)
    return status;
  GUARDED({
    silence_library();
    std::unique_ptr<rc_dicom> dicom(new rc_dicom);
    status = read_file(path, header_only, *dicom, err);
    if (status == RC_OK)
      *out = dicom.release();
    return status;
  })
}

void rc_dicom_close(rc_dicom *dicom) {
  delete dicom;
}

const rc_dicom_item *rc_dicom_root(const rc_dicom *dicom) {
  return &dicom->root;
}

const char *rc_dicom_transfer_syntax(const rc_dicom *dicom) {
  return dicom->syntax.c_str();
}

bool rc_dicom_text(const rc_dicom_item *item, rc_tag tag, char *out, size_t capacity) {
  const gdcm::ByteValue *bytes = bytes_of(item, tag);
  if (bytes == nullptr || capacity == 0)
    return false;
  const char *start = bytes->GetPointer();
  const char *end = start + bytes->GetLength();
  while (end > start && is_blank(end[-1]))
    end--;
  while (start < end && is_blank(*start))
    start++;
  const size_t n = static_cast<size_t>(end - start);
  if (n >= capacity || std::memchr(start, '\0', n) != nullptr)
    return false;
  std::memcpy(out, start, n);
  out[n] = '\0';
  return true;
}

size_t rc_dicom_length(const rc_dicom_item *item, rc_tag tag) {
  const gdcm::ByteValue *bytes = bytes_of(item, tag);
  return bytes == nullptr ? 0 : static_cast<size_t>(bytes->GetLength());
}

int64_t rc_dicom_numbers(const rc_dicom_item *item, rc_tag tag, double *out, int64_t capacity) {
  try {
    const gdcm::ByteValue *bytes = bytes_of(item, tag);
    return bytes == nullptr ? 0 : numbers_of(*find(item, tag), *bytes, out, capacity);
  } catch (...) {
    return -1;
  }
}

int64_t rc_dicom_sequence_length(const rc_dicom_item *item, rc_tag tag) {
  try {
    Sequence *sequence = open_sequence(const_cast<rc_dicom_item *>(item), tag);
    return sequence == nullptr ? 0 : static_cast<int64_t>(sequence->items.size());
  } catch (...) {
    return 0;
  }
}

const rc_dicom_item *rc_dicom_sequence_item(const rc_dicom_item *item, rc_tag tag, int64_t i) {
  if (i < 0 || i >= rc_dicom_sequence_length(item, tag))
    return nullptr;
  return item->sequences.at(tag).items[static_cast<size_t>(i)].get();
}

rc_status rc_dicom_pixels(const rc_dicom *dicom, double *out, int64_t n, rc_error *err) {
  GUARDED(return decode(dicom, out, n, err);)
}

const char *rc_dicom_library(void) {
  static const std::string text = std::string("GDCM ") + gdcm::Version::GetVersion();
  return text.c_str();
}

rc_dicom *rc_dicom_create(void) {
  try {
    silence_library();
    std::unique_ptr<rc_dicom> dicom(new rc_dicom);
    dicom->file = new gdcm::File;
    dicom->root.owner = dicom.get();
    dicom->root.set = &dicom->root.own;
    return dicom.release();
  } catch (...) {
    return nullptr;
  }
}

rc_dicom_item *rc_dicom_root_mutable(rc_dicom *dicom) {
  return &dicom->root;
}

rc_status rc_dicom_set_text(rc_dicom_item *item, rc_tag tag, const char *value,
                            rc_error *err){GUARDED({
  const gdcm::VR vr = dictionary_vr(to_gdcm(tag));
  std::string text(value);
  if (text.size() % 2 == 1)
    text.push_back(vr == gdcm::VR::UI ? '\0' : ' ');
  gdcm::DataElement element(to_gdcm(tag));
  element.SetVR(vr);
  element.SetByteValue(text.data(), static_cast<uint32_t>(text.size()));
  item->set->Replace(element);
  return RC_OK;
})}

rc_status rc_dicom_set_u16(rc_dicom_item *item, rc_tag tag, const uint16_t *values, int64_t n,
                           rc_error *err){GUARDED({
  if (n < 0 || n > INT32_MAX / 2)
    return rc_fail(err, RC_ERR_LIMIT, "too many values for one DICOM attribute");
  gdcm::DataElement element(to_gdcm(tag));
  element.SetVR(to_gdcm(tag) == pixel_data ? gdcm::VR(gdcm::VR::OW) : dictionary_vr(to_gdcm(tag)));
  element.SetByteValue(reinterpret_cast<const char *>(values), static_cast<uint32_t>(2 * n));
  item->set->Replace(element);
  return RC_OK;
})}

rc_dicom_item *rc_dicom_add_item(rc_dicom_item *item, rc_tag tag) {
  try {
    std::unique_ptr<rc_dicom_item> child(new rc_dicom_item);
    child->owner = item->owner;
    child->set = &child->own;
    auto &items = item->sequences[tag].items;
    items.push_back(std::move(child));
    return items.back().get();
  } catch (...) {
    return nullptr;
  }
}

rc_status rc_dicom_encode(rc_dicom *dicom, unsigned char **bytes, size_t *n, rc_error *err) {
  *bytes = nullptr;
  *n = 0;
  GUARDED({
    gdcm::File &file = *dicom->file;
    file.SetDataSet(assemble(dicom->root));
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
